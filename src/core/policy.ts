/** Operator → condition key → accepted values. */
export type PolicyConditions = { readonly [operator: string]: { readonly [key: string]: readonly string[] | string } };

/** One statement of an IAM policy. */
export interface PolicyStatement {
  /** Statement id, letters and digits. @default - none */
  readonly sid?: string;
  /** Allow or Deny. @default "Allow" */
  readonly effect?: 'Allow' | 'Deny';
  /** Actions, e.g. `s3:GetObject`. */
  readonly actions: readonly string[];
  /** ARNs; facts where the policy crosses a layer. @default - none, as in a trust policy */
  readonly resources?: readonly string[];
  /** `{ Service: […] }`, `{ AWS: […] }`, or `"*"`. @default - none, as in an identity policy */
  readonly principals?: { readonly [type: string]: readonly string[] } | '*';
  /** Conditions. @default - none */
  readonly conditions?: PolicyConditions;
}

function one(values: readonly string[]): string | readonly string[] {
  return values.length === 1 ? (values[0] as string) : values;
}

/**
 * The JSON text of a policy. `JSON.stringify` keeps Terraform tokens whole and escapes quotes, which `Fn.jsonencode`
 * does not do inside lists; a policy variable such as `${aws:username}` is escaped here, so write it plainly.
 */
export function policyDocument(statements: readonly PolicyStatement[]): string {
  const text = JSON.stringify({
    Version: '2012-10-17',
    Statement: statements.map((statement) => ({
      ...(statement.sid === undefined ? {} : { Sid: statement.sid }),
      Effect: statement.effect ?? 'Allow',
      ...(statement.principals === undefined
        ? {}
        : { Principal: statement.principals === '*' ? '*' : Object.fromEntries(Object.entries(statement.principals).map(([type, ids]) => [type, one(ids)])) }),
      Action: one(statement.actions),
      ...(statement.resources === undefined ? {} : { Resource: one(statement.resources) }),
      ...(statement.conditions === undefined ? {} : { Condition: statement.conditions }),
    })),
  });
  return text.replace(/(?<!\$)\$\{(aws|s3|kms|ec2|saml|sts|iam):/g, '$$$${$1:');
}

/** The trust policy of a role that a service assumes. */
export function serviceTrust(service: string, conditions?: PolicyConditions): string {
  return policyDocument([{ actions: ['sts:AssumeRole'], principals: { Service: [service] }, ...(conditions ? { conditions } : {}) }]);
}
