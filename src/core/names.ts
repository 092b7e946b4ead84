import { Token } from 'cdktf';
import type { Problem } from './errors';
import { fail } from './errors';

/** What a service accepts as the name of one kind of resource. */
export interface NameRuleProps {
  /** What is named, as the service says it. */
  readonly noun: string;
  /** Shortest name, in characters. @default 1 */
  readonly min?: number;
  /** Longest name, in characters. */
  readonly max: number;
  /** Source of a regular expression that the whole name matches. */
  readonly pattern: string;
  /** The pattern in words. */
  readonly words: string;
  /** One name space for all accounts or regions: account and region become part of the name. @default false */
  readonly global?: boolean;
  /** What stands between the parts of a name. @default "-" */
  readonly separator?: string;
}

/** The length and character rule of a service for one kind of name (each from the service's API reference). */
export class NameRule {
  /** S3 general purpose bucket. */
  public static readonly S3_BUCKET = new NameRule({ noun: 'S3 bucket', min: 3, max: 63, pattern: '[a-z0-9][a-z0-9-]*[a-z0-9]', words: 'lower-case letters, digits and hyphens, not at the ends', global: true });
  /** EKS cluster. */
  public static readonly EKS_CLUSTER = new NameRule({ noun: 'EKS cluster', max: 100, pattern: '[0-9A-Za-z][A-Za-z0-9_-]*', words: 'letters, digits, hyphens and underscores, beginning with a letter or digit' });
  /** EKS managed node group. */
  public static readonly EKS_NODE_GROUP = new NameRule({ noun: 'EKS node group', max: 63, pattern: '[0-9A-Za-z][A-Za-z0-9_-]*', words: 'letters, digits, hyphens and underscores, beginning with a letter or digit' });
  /** IAM role. */
  public static readonly IAM_ROLE = new NameRule({ noun: 'IAM role', max: 64, pattern: '[\\w+=,.@-]+', words: 'letters, digits and _+=,.@-' });
  /** KMS alias, without the prefix `alias/`. */
  public static readonly KMS_ALIAS = new NameRule({ noun: 'KMS alias', max: 250, pattern: '(?!aws/)[a-zA-Z0-9/_-]+', words: 'letters, digits, /, _ and -, not beginning with aws/' });
  /** RDS cluster or instance. */
  public static readonly RDS_IDENTIFIER = new NameRule({ noun: 'RDS identifier', max: 63, pattern: '[a-z](?!.*--)[a-z0-9-]*(?<!-)', words: 'lower-case letters, digits and single hyphens, beginning with a letter' });
  /** DynamoDB table. */
  public static readonly DYNAMODB_TABLE = new NameRule({ noun: 'DynamoDB table', min: 3, max: 255, pattern: '[a-zA-Z0-9_.-]+', words: 'letters, digits and _.-' });
  /** Glue database or table, as Athena reads it. */
  public static readonly GLUE_NAME = new NameRule({ noun: 'Glue name', max: 255, pattern: '[a-z0-9_]+', words: 'lower-case letters, digits and underscores', separator: '_' });
  /** ECR repository. */
  public static readonly ECR_REPOSITORY = new NameRule({ noun: 'ECR repository', min: 2, max: 256, pattern: '[a-z0-9]+(?:[._-][a-z0-9]+)*(?:/[a-z0-9]+(?:[._-][a-z0-9]+)*)*', words: 'lower-case letters, digits, separators . _ - inside, parts divided by /', separator: '/' });
  /** Secrets Manager secret. */
  public static readonly SECRET = new NameRule({ noun: 'secret', max: 512, pattern: '[A-Za-z0-9/_+=.@-]+', words: 'letters, digits and /_+=.@-', separator: '/' });
  /** SSM parameter. */
  public static readonly SSM_PARAMETER = new NameRule({ noun: 'SSM parameter', max: 1011, pattern: '/?[A-Za-z0-9/_.-]+', words: 'letters, digits and /_.-', separator: '/' });
  /** CloudWatch log group. */
  public static readonly LOG_GROUP = new NameRule({ noun: 'log group', max: 512, pattern: '[.\\-_/#A-Za-z0-9]+', words: 'letters, digits and .-_/#', separator: '/' });
  /** SQS standard queue. */
  public static readonly SQS_QUEUE = new NameRule({ noun: 'SQS queue', max: 80, pattern: '[A-Za-z0-9_-]+', words: 'letters, digits, hyphens and underscores' });
  /** Security group, launch template, subnet group and the like. */
  public static readonly GENERAL = new NameRule({ noun: 'name', max: 128, pattern: '[A-Za-z0-9][A-Za-z0-9-]*', words: 'letters, digits and hyphens' });
  /** Kubernetes namespace, service and other DNS labels. */
  public static readonly DNS_LABEL = new NameRule({ noun: 'DNS label', max: 63, pattern: '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?', words: 'lower-case letters, digits and hyphens, not at the ends' });

  /** The rule of a service that is not in the list. */
  public static of(props: NameRuleProps): NameRule {
    return new NameRule(props);
  }

  private constructor(public readonly props: NameRuleProps) {}

  /** What is wrong with the name; undefined if nothing is. Tokens are refused: a physical name is a fact. */
  public problemOf(name: string): Problem | undefined {
    const { noun, min = 1, max, pattern, words } = this.props;
    if (Token.isUnresolved(name)) {
      return { code: 'NameNotLiteral', message: `${noun} name is a Terraform token`, allowed: 'a literal', remedy: 'names are facts known at synth: pass a string' };
    }
    if (name.length > max) {
      return { code: 'NameTooLong', message: `${noun} name "${name}" has ${name.length} characters`, allowed: `at most ${max}`, remedy: 'shorten the platform name, the environment name or the id' };
    }
    if (name.length < min || !new RegExp(`^(?:${pattern})$`).test(name)) {
      return { code: 'NameInvalid', message: `${noun} name "${name}" breaks the service's rule`, allowed: `${min} to ${max} of ${words}` };
    }
    return undefined;
  }

  /** Returns the name. @throws NameTooLong, NameInvalid, NameNotLiteral */
  public check(name: string, path?: string): string {
    const problem = this.problemOf(name);
    if (problem) fail({ ...problem, path });
    return name;
  }
}
