import type { Mend, Onward } from '../mends';
import type { AwsRequest, AwsResponse } from '../request';

const OWN_TAGS = /<item><resourceType>launch-template<\/resourceType><tagSet>.*?<\/tagSet><\/item>/gs;

/** moto shows the tags of a launch template itself among those that its instances get, so that every plan would remove them. */
export class Ec2Mend implements Mend {
  public async handle(request: AwsRequest, onward: Onward): Promise<AwsResponse> {
    const answer = await onward();
    if (!request.body.includes('Action=DescribeLaunchTemplateVersions')) return answer;
    return { ...answer, body: answer.body.toString().replace(OWN_TAGS, '') };
  }
}
