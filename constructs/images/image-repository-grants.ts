import type { IIdentity, PolicyStatement } from '../../src/core';
import { Grant } from '../../src/core';

/** Signing in to ECR knows no resources. */
const SIGN_IN: PolicyStatement = { actions: ['ecr:GetAuthorizationToken'], resources: ['*'] };

/** What pulling an image takes. Source: ECR user guide, repository policy examples. */
export const PULL_ACTIONS = ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];

const PUSH_ACTIONS = ['ecr:CompleteLayerUpload', 'ecr:InitiateLayerUpload', 'ecr:PutImage', 'ecr:UploadLayerPart'];

/** What an identity may do with a repository. The key needs no permission of its own: ECR uses it by a grant it holds. */
export class ImageRepositoryGrants {
  constructor(private readonly repositoryArn: string) {}

  /** Pull images. */
  public pull(identity: IIdentity): Grant {
    return Grant.toIdentity(identity, [SIGN_IN, { actions: PULL_ACTIONS, resources: [this.repositoryArn] }]);
  }

  /** Pull and push images; a tag that exists is never replaced. */
  public push(identity: IIdentity): Grant {
    return Grant.toIdentity(identity, [SIGN_IN, { actions: [...PULL_ACTIONS, ...PUSH_ACTIONS].sort(), resources: [this.repositoryArn] }]);
  }
}
