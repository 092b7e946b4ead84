import { LaunchTemplate } from '@cdktf/provider-aws/lib/launch-template';
import { Construct } from 'constructs';
import type { IKey, Size } from '../../src/core';
import { Environment, NameRule } from '../../src/core';

/** Root device of Amazon Linux 2023. */
const ROOT_DEVICE = '/dev/xvda';
/** What starts with a node and does not inherit the provider's default tags. */
const TAGGED = ['instance', 'volume', 'network-interface'];

/** Props of `NodeLaunchTemplate`. */
export interface NodeLaunchTemplateProps {
  /** Last part of the template's name and of the nodes' name. */
  readonly nameSuffix: string;
  /** Size of the root volume. */
  readonly rootVolumeSize: Size;
  /** Key of the root volume; it needs `KeyUser.autoScaling()`. @default - the account's key for EBS, which AWS manages */
  readonly rootVolumeKey?: IKey;
  /** Network hops to the instance metadata. 1 keeps pods out. */
  readonly metadataHopLimit: number;
}

/** How a node starts: encrypted gp3 root volume, IMDSv2 only, tags of the environment on all its parts. */
export class NodeLaunchTemplate extends Construct {
  /** Id of the template. */
  public readonly launchTemplateId: string;
  /** Newest version, as text. */
  public readonly latestVersion: string;

  constructor(scope: Construct, id: string, props: NodeLaunchTemplateProps) {
    super(scope, id);
    const environment = Environment.of(this);
    const name = environment.physicalName(NameRule.GENERAL, props.nameSuffix);
    const template = new LaunchTemplate(this, 'Resource', {
      name,
      updateDefaultVersion: true,
      blockDeviceMappings: [
        {
          deviceName: ROOT_DEVICE,
          ebs: {
            volumeType: 'gp3',
            volumeSize: props.rootVolumeSize.toGibibytes(),
            encrypted: 'true',
            deleteOnTermination: 'true',
            ...(props.rootVolumeKey === undefined ? {} : { kmsKeyId: props.rootVolumeKey.keyArn }),
          },
        },
      ],
      metadataOptions: { httpEndpoint: 'enabled', httpTokens: 'required', httpPutResponseHopLimit: props.metadataHopLimit },
      monitoring: { enabled: true },
      tagSpecifications: TAGGED.map((resourceType) => ({ resourceType, tags: { ...environment.tags, Name: name } })),
      tags: { Name: name },
    });
    this.launchTemplateId = template.id;
    this.latestVersion = template.getStringAttribute('latest_version');
  }
}
