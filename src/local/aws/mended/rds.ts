import { randomBytes } from 'node:crypto';

import type { Mend, Onward } from '../mends';
import type { AwsRequest, AwsResponse } from '../request';
import { escapeXml, mapXmlElements, withXmlChild, xmlText } from '../xml';

/** Parameters that moto takes and forgets; RDS answers with what was given. */
const ECHOED_BY_BOTH = [
  'PerformanceInsightsEnabled', 'PerformanceInsightsKMSKeyId', 'PerformanceInsightsRetentionPeriod', 'DatabaseInsightsMode',
  'MonitoringInterval', 'MonitoringRoleArn', 'EngineLifecycleSupport', 'CACertificateIdentifier',
];
const ECHOED_BY_INSTANCES = [...ECHOED_BY_BOTH, 'CopyTagsToSnapshot', 'PreferredMaintenanceWindow'];
/** Parameters that are read back under another name. */
const ANSWERED_AS: Readonly<Record<string, string>> = { EnablePerformanceInsights: 'PerformanceInsightsEnabled' };
/** Kept back from moto: it rejects combinations that RDS accepts. */
const KEPT_BACK = ['MonitoringInterval', 'MonitoringRoleArn'];
/** Retention of performance insights where none is asked for, in days. Source: RDS API reference, CreateDBInstance. */
const INSIGHTS_RETENTION_DAYS = '7';
const AUTO_PAUSE = 'ServerlessV2ScalingConfiguration.SecondsUntilAutoPause';
/** Pause of Aurora Serverless v2 where the least capacity is 0, in seconds. Source: RDS API reference. */
const AUTO_PAUSE_SECONDS = '300';
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const RESOURCE_ID_LENGTH = 26;

/**
 * RDS of moto with what it distorts put right: monitoring, insights and maintenance settings read back as they were given, every
 * instance has its own resource id, and provisioned clusters show no scaling configuration of serverless v1.
 */
export class RdsMend implements Mend {
  /** What was given, by `region/instance/name` or `region/cluster/name`. */
  private readonly given = new Map<string, Map<string, string>>();

  public async handle(request: AwsRequest, onward: Onward): Promise<AwsResponse> {
    const form = new URLSearchParams(request.body.toString('utf8'));
    const action = form.get('Action') ?? '';
    this.translateResourceIds(request.region, form);
    const kept = new Map([...form].map(([key, value]): [string, string] => [ANSWERED_AS[key] ?? key, value]).filter(([key]) => isEchoed(key)));
    for (const key of KEPT_BACK) form.delete(key);
    const answer = await onward(form.toString());
    if (answer.status >= 300) return answer;
    this.remember(request.region, action, form, kept);
    return { ...answer, body: this.mend(request.region, answer.body.toString()) };
  }

  private remember(region: string, action: string, form: URLSearchParams, kept: ReadonlyMap<string, string>): void {
    const kind = /^(?:Create|Modify)DB(Instance|Cluster)$/.exec(action)?.[1]?.toLowerCase();
    if (kind === undefined) return;
    const key = `${region}/${kind}/${form.get(kind === 'cluster' ? 'DBClusterIdentifier' : 'DBInstanceIdentifier')?.toLowerCase()}`;
    const before = action.startsWith('Create') ? undefined : this.given.get(key);
    const now = new Map([...(before ?? []), ...kept]);
    if (now.get('PerformanceInsightsEnabled') === 'true' && !now.has('PerformanceInsightsRetentionPeriod')) {
      now.set('PerformanceInsightsRetentionPeriod', INSIGHTS_RETENTION_DAYS);
    }
    if (kind === 'instance' && !now.has('DbiResourceId')) now.set('DbiResourceId', resourceId());
    const renamed = form.get('NewDBInstanceIdentifier') ?? form.get('NewDBClusterIdentifier');
    this.given.set(renamed === null ? key : `${region}/${kind}/${renamed.toLowerCase()}`, now);
  }

  private mend(region: string, xml: string): string {
    const instances = mapXmlElements(xml, 'DBInstance', (instance) => {
      const kept = this.given.get(`${region}/instance/${xmlText(instance, 'DBInstanceIdentifier')}`);
      return kept === undefined ? instance : put(instance, kept, [...ECHOED_BY_INSTANCES, 'DbiResourceId']);
    });
    return mapXmlElements(instances, 'DBCluster', (cluster) => {
      const kept = this.given.get(`${region}/cluster/${xmlText(cluster, 'DBClusterIdentifier')}`);
      const serverless = xmlText(cluster, 'EngineMode') === 'serverless';
      const mended = serverless ? cluster : withXmlChild(cluster, 'ScalingConfigurationInfo', undefined);
      return kept === undefined ? mended : withAutoPause(put(mended, kept, ECHOED_BY_BOTH), kept);
    });
  }

  /** moto knows one resource id only, so it is asked by name instead. */
  private translateResourceIds(region: string, form: URLSearchParams): void {
    for (const [key, value] of [...form]) {
      if (!/^Filters\.Filter\.\d+\.Name$/.test(key) || value !== 'dbi-resource-id') continue;
      form.set(key, 'db-instance-id');
      const values = key.replace(/Name$/, 'Values.');
      for (const [name, id] of [...form]) if (name.startsWith(values)) form.set(name, this.instanceOf(region, id) ?? id);
    }
  }

  private instanceOf(region: string, id: string): string | undefined {
    const prefix = `${region}/instance/`;
    const found = [...this.given].find(([key, kept]) => key.startsWith(prefix) && kept.get('DbiResourceId') === id);
    return found?.[0].slice(prefix.length);
  }
}

function isEchoed(key: string): boolean {
  return ECHOED_BY_INSTANCES.includes(key) || key === AUTO_PAUSE;
}

function put(fragment: string, kept: ReadonlyMap<string, string>, tags: readonly string[]): string {
  return tags.reduce((text, tag) => {
    const value = kept.get(tag);
    return value === undefined ? text : withXmlChild(text, tag, escapeXml(tag === 'PreferredMaintenanceWindow' ? value.toLowerCase() : value));
  }, fragment);
}

function withAutoPause(cluster: string, kept: ReadonlyMap<string, string>): string {
  return mapXmlElements(cluster, 'ServerlessV2ScalingConfiguration', (scaling) => {
    const pauses = Number(xmlText(scaling, 'MinCapacity')) === 0;
    return pauses ? withXmlChild(scaling, 'SecondsUntilAutoPause', kept.get(AUTO_PAUSE) ?? AUTO_PAUSE_SECONDS) : scaling;
  });
}

function resourceId(): string {
  return `db-${[...randomBytes(RESOURCE_ID_LENGTH)].map((byte) => BASE32[byte % BASE32.length]).join('')}`;
}
