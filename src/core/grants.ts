import type { ITerraformDependable } from 'cdktf';
import { fail } from './errors';
import type { PolicyStatement } from './policy';

/** Somebody who acts: a workload's role, a node role. All members are facts, so a grant may cross a layer. */
export interface IIdentity {
  /** Name of the role. */
  readonly roleName: string;
  /** ARN of the role, built from account and name. */
  readonly roleArn: string;
  /** Adds a statement to the role's policy; the policy can be depended on. */
  addToPolicy(statement: PolicyStatement): ITerraformDependable;
}

/** A permission given by a construct to an identity. */
export class Grant implements ITerraformDependable {
  /** Adds all statements to the identity. */
  public static toIdentity(identity: IIdentity, statements: readonly PolicyStatement[]): Grant {
    return new Grant(statements.map((statement) => identity.addToPolicy(statement)), statements);
  }

  /** Terraform address of the policy that carries the grant, for `dependsOn` within its layer. */
  public readonly fqn: string;

  private constructor(policies: readonly ITerraformDependable[], public readonly statements: readonly PolicyStatement[]) {
    const policy = policies[0];
    if (!policy) fail({ code: 'GrantEmpty', message: 'a grant without statements', remedy: 'grant at least one action' });
    this.fqn = policy.fqn;
  }
}

/** An encryption key, by the facts that a grant needs: the alias, as the id is known only after apply. */
export interface IKey {
  /** ARN of the key; a token until apply, so it stays inside its layer. */
  readonly keyArn: string;
  /** `alias/…`, a fact. */
  readonly aliasName: string;
}

/** Statements that let an identity use the key of the given alias, whatever its id. */
export function keyStatements(options: { readonly account: string; readonly region: string; readonly partition: string; readonly aliasName: string; readonly actions: readonly string[] }): PolicyStatement[] {
  return [
    {
      actions: options.actions,
      resources: [`arn:${options.partition}:kms:${options.region}:${options.account}:key/*`],
      conditions: { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': [options.aliasName] } },
    },
  ];
}
