import { Token } from 'cdktf';
import type { IConstruct } from 'constructs';
import type { RegionData } from '../catalog/regions';
import { Region, regionProblems } from '../catalog/regions';
import type { Problem } from './errors';
import { fail, PlatformError } from './errors';
import type { NameRule } from './names';
import { StateBackend } from './state-backend';
import type { Tier } from './tier';

/** The git repository that Argo CD reads the GitOps tree from. */
export interface GitOpsRepository {
  /** URL of the repository, without credentials. */
  readonly url: string;
  /** Branch, tag or commit. @default "main" */
  readonly revision?: string;
  /** Folder that holds the environments' trees. @default "gitops" */
  readonly path?: string;
}

/** Kinds that Argo CD leaves alone; entries of its `resource.exclusions` setting. */
export interface ResourceExclusion {
  /** API groups, `*` for all. */
  readonly apiGroups: readonly string[];
  /** Kinds, `*` for all. */
  readonly kinds: readonly string[];
}

/** Where a platform stands and how careful it is. */
export interface EnvironmentProps {
  /** Name: 2 to 12 lower-case letters, digits and hyphens, beginning with a letter. It is part of every physical name. */
  readonly name: string;
  /** How careful. Chooses the defaults. */
  readonly tier: Tier;
  /** AWS account id, 12 digits. */
  readonly account: string;
  /** AWS region, e.g. `eu-central-1`. */
  readonly region: string;
  /** Facts of a region that the catalog does not hold. @default - from the catalog */
  readonly regionData?: RegionData;
  /** Availability zones, 2 to 4 of the region. */
  readonly zones: readonly string[];
  /** ARNs of the IAM roles or users that administer the cluster; at least one. Nobody else does, the creator included. */
  readonly adminPrincipals: readonly string[];
  /** Where Argo CD reads the GitOps tree. */
  readonly gitOps: GitOpsRepository;
  /** First part of every physical name: 2 to 12 lower-case letters, digits and hyphens. @default "mlp" */
  readonly platformName?: string;
  /** DNS domain under which the platform's services are reachable. @default - services are reachable inside the cluster only */
  readonly domain?: string;
  /** One registry that mirrors every chart: `https://…` or `oci://…`. @default - each chart's own repository */
  readonly chartMirror?: string;
  /** Where the Terraform states are kept. @default StateBackend.local() */
  readonly stateBackend?: StateBackend;
  /** The provider's endpoint for every AWS service, for an emulator: its default port on loopback; `TF_VAR_aws_endpoint` overrides it. @default - AWS */
  readonly awsEndpoint?: string;
  /** Kinds that Argo CD leaves alone in this environment. @default - none */
  readonly resourceExclusions?: readonly ResourceExclusion[];
  /** Tags on everything, beside the platform's own. @default - none */
  readonly tags?: { readonly [key: string]: string };
}

const BOUND = Symbol.for('cdktf-ml-platform/environment');
const LABEL = /^[a-z][a-z0-9-]{0,10}[a-z0-9]$/;

/** An environment: the facts that every construct of a platform reads. */
export class Environment {
  /** The environment that the construct stands in. @throws EnvironmentMissing */
  public static of(construct: IConstruct): Environment {
    for (const scope of [...construct.node.scopes].reverse()) {
      const bound = (scope as unknown as Record<symbol, Environment | undefined>)[BOUND];
      if (bound) return bound;
    }
    return fail({ code: 'EnvironmentMissing', message: 'the construct stands in no environment', remedy: 'place it in a LayerStack, or call environment.bindTo(stack)', path: construct.node.path });
  }

  public readonly name: string;
  public readonly tier: Tier;
  public readonly account: string;
  public readonly region: string;
  public readonly zones: readonly string[];
  public readonly adminPrincipals: readonly string[];
  public readonly gitOps: Required<GitOpsRepository>;
  public readonly platformName: string;
  public readonly domain: string | undefined;
  public readonly chartMirror: string | undefined;
  public readonly stateBackend: StateBackend;
  public readonly awsEndpoint: string | undefined;
  public readonly resourceExclusions: readonly ResourceExclusion[];
  public readonly tags: { readonly [key: string]: string };
  /** `aws`, `aws-cn` or `aws-us-gov`. */
  public readonly partition: string;
  /** Suffix of service principals and host names, `amazonaws.com` in most partitions. */
  public readonly dnsSuffix: string;

  /** @throws EnvironmentNameInvalid, AccountInvalid, RegionUnknown, ZoneUnknown, ZoneCountInvalid, AdminPrincipalsEmpty, AdminPrincipalInvalid, LiteralNeeded, UrlInvalid (all of them together) */
  constructor(props: EnvironmentProps) {
    const problems = findProblems(props);
    if (problems.length > 0) throw new PlatformError(problems.map((problem) => ({ path: `environment ${props.name}`, ...problem })));
    this.name = props.name;
    this.tier = props.tier;
    this.account = props.account;
    this.region = props.region;
    this.zones = [...props.zones];
    this.adminPrincipals = [...props.adminPrincipals];
    this.gitOps = { revision: 'main', path: 'gitops', ...props.gitOps };
    this.platformName = props.platformName ?? 'mlp';
    this.domain = props.domain;
    this.chartMirror = props.chartMirror;
    this.stateBackend = props.stateBackend ?? StateBackend.local();
    this.awsEndpoint = props.awsEndpoint;
    this.resourceExclusions = [...(props.resourceExclusions ?? [])];
    this.tags = {
      ...props.tags,
      'ml-platform:name': this.platformName,
      'ml-platform:environment': this.name,
      'ml-platform:tier': this.tier.name,
      'ml-platform:managed-by': 'cdktf-ml-platform',
    };
    const region = Region.of(props.region, props.regionData);
    this.partition = region.partition;
    this.dnsSuffix = region.dnsSuffix;
  }

  /** Makes `Environment.of` find this environment below the given scope. */
  public bindTo(scope: IConstruct): void {
    Object.defineProperty(scope, BOUND, { value: this });
  }

  /**
   * A physical name: platform, environment and the given parts, by the service's rule; for names that are global, account
   * and region are part of it.
   * @throws NameTooLong, NameInvalid
   */
  public physicalName(rule: NameRule, ...parts: string[]): string {
    const separator = rule.props.separator ?? '-';
    const words = [this.platformName, this.name, ...parts, ...(rule.props.global ? [this.account, this.region] : [])];
    const name = separator === '_' ? words.join('_').replace(/-/g, '_') : words.join(separator);
    return rule.check(name, `environment ${this.name}`);
  }

  /** `arn:<partition>:<service>:<region>:<account>:<resource>`, a fact. */
  public arn(service: string, resource: string): string {
    return `arn:${this.partition}:${service}:${this.region}:${this.account}:${resource}`;
  }

  /** ARN of something without region: `arn:<partition>:iam::<account>:<resource>`. */
  public iamArn(resource: string): string {
    return `arn:${this.partition}:iam::${this.account}:${resource}`;
  }

  /** ARN of a policy that AWS maintains. */
  public managedPolicyArn(name: string): string {
    return `arn:${this.partition}:iam::aws:policy/${name}`;
  }
}

function findProblems(props: EnvironmentProps): Problem[] {
  const literals: Record<string, string> = { name: props.name, account: props.account, region: props.region };
  if (props.platformName !== undefined) literals.platformName = props.platformName;
  const tokens = Object.entries(literals).filter(([, value]) => Token.isUnresolved(value));
  if (tokens.length > 0) {
    return tokens.map(([key]) => ({ code: 'LiteralNeeded', message: `${key} is a Terraform token`, allowed: 'a literal', remedy: 'names and ARNs are computed from it at synth: pass a string' }));
  }
  const problems: Problem[] = [];
  for (const [key, value] of [['name', props.name], ['platformName', props.platformName ?? 'mlp']] as const) {
    if (!LABEL.test(value)) {
      problems.push({ code: 'EnvironmentNameInvalid', message: `${key} got "${value}"`, allowed: '2 to 12 lower-case letters, digits and hyphens, beginning with a letter', remedy: 'shorten it: it is part of every physical name' });
    }
  }
  if (!/^\d{12}$/.test(props.account)) {
    problems.push({ code: 'AccountInvalid', message: `account got "${props.account}"`, allowed: 'exactly 12 digits', remedy: 'quote it: a number loses leading zeros' });
  }
  problems.push(...regionProblems(props.region, props.zones, props.regionData));
  if (props.zones.length < 2 || props.zones.length > 4) {
    problems.push({ code: 'ZoneCountInvalid', message: `zones got ${props.zones.length}`, allowed: '2 to 4 zones', remedy: 'EKS and Aurora need two zones' });
  }
  if (new Set(props.zones).size !== props.zones.length) {
    problems.push({ code: 'ZoneDuplicate', message: `zones got ${props.zones.join(', ')}`, allowed: 'each zone once' });
  }
  if (props.adminPrincipals.length === 0) {
    problems.push({ code: 'AdminPrincipalsEmpty', message: 'adminPrincipals got an empty list', allowed: 'at least one IAM role or user ARN', remedy: 'name who administers the cluster: its creator gets no access of its own' });
  }
  for (const principal of props.adminPrincipals) {
    if (!/^arn:aws[a-z-]*:iam::\d{12}:(role|user)\/.+$/.test(principal)) {
      problems.push({ code: 'AdminPrincipalInvalid', message: `adminPrincipals got "${principal}"`, allowed: 'arn:aws:iam::<account>:role/<name> or …:user/<name>', remedy: 'EKS access entries take IAM roles and users, not STS sessions or groups' });
    }
  }
  for (const [key, value] of [['chartMirror', props.chartMirror], ['awsEndpoint', props.awsEndpoint], ['gitOps.url', props.gitOps.url]] as const) {
    if (value !== undefined && !/^(https?|oci|ssh|file):\/\/|^git@/.test(value)) {
      problems.push({ code: 'UrlInvalid', message: `${key} got "${value}"`, allowed: 'a URL with its scheme' });
    } else if (value !== undefined && /:\/\/[^/@]*:[^/@]*@/.test(value)) {
      problems.push({ code: 'UrlHasCredentials', message: `${key} carries credentials`, allowed: 'a URL without user and password', remedy: 'give Argo CD the credentials by a repository secret' });
    }
  }
  return problems;
}
