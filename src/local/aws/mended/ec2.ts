import type { Mend, Onward } from '../mends';
import type { MotoClient } from '../moto-client';
import type { AwsRequest, AwsResponse } from '../request';
import { escapeXml, xmlElements, xmlText } from '../xml';

const OWN_TAGS = /<item><resourceType>launch-template<\/resourceType><tagSet>.*?<\/tagSet><\/item>/gs;
const TAG_SET = /(<launchTemplateId>(lt-\w+)<\/launchTemplateId>(?:(?!<launchTemplateId>).)*?)<tagSet(?:\/>|>.*?<\/tagSet>)/gs;

/**
 * Launch templates of moto show their own tags among those that their instances get, so that every plan would remove them, and
 * never show a tag that was changed later.
 */
export class Ec2Mend implements Mend {
  constructor(private readonly moto: MotoClient) {}

  public async handle(request: AwsRequest, onward: Onward): Promise<AwsResponse> {
    const answer = await onward();
    const action = /^(?:.*&)?Action=(\w+)/.exec(request.body.toString('utf8'))?.[1];
    if (answer.status >= 300) return answer;
    if (action === 'DescribeLaunchTemplateVersions') return { ...answer, body: answer.body.toString().replace(OWN_TAGS, '') };
    if (action === 'DescribeLaunchTemplates') return { ...answer, body: await this.withCurrentTags(request.region, answer.body.toString()) };
    return answer;
  }

  private async withCurrentTags(region: string, xml: string): Promise<string> {
    const tagSets = new Map<string, string>();
    for (const [, , id] of xml.matchAll(TAG_SET)) tagSets.set(id!, await this.tagsOf(region, id!));
    return xml.replace(TAG_SET, (_whole, before: string, id: string) => `${before}<tagSet>${tagSets.get(id)!}</tagSet>`);
  }

  private async tagsOf(region: string, id: string): Promise<string> {
    const filter = { 'Filter.1.Name': 'resource-id', 'Filter.1.Value.1': id };
    const items = xmlElements(await this.moto.query('ec2', region, '2016-11-15', 'DescribeTags', filter), 'item');
    return items.map((item) => `<item><key>${escapeXml(xmlText(item, 'key') ?? '')}</key><value>${escapeXml(xmlText(item, 'value') ?? '')}</value></item>`).join('');
  }
}
