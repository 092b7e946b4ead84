import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy';
import { Lazy } from 'cdktf';
import { Construct } from 'constructs';
import type { IIdentity, PolicyStatement } from '../../src/core';
import { Environment, policyDocument, serviceTrust } from '../../src/core';

/** Somebody to grant to: a plain role, whose policy is what the grants say and nothing else. */
export class TestIdentity extends Construct implements IIdentity {
  public readonly roleName = 'test-identity';
  public readonly roleArn: string;
  public readonly statements: PolicyStatement[] = [];
  private readonly policy: IamRolePolicy;

  constructor(scope: Construct, id = 'Identity') {
    super(scope, id);
    this.roleArn = Environment.of(this).iamArn(`role/${this.roleName}`);
    const role = new IamRole(this, 'Resource', { name: this.roleName, assumeRolePolicy: serviceTrust('ec2.amazonaws.com') });
    this.policy = new IamRolePolicy(this, 'Policy', { role: role.name, name: 'grants', policy: Lazy.stringValue({ produce: () => policyDocument(this.statements) }) });
  }

  public addToPolicy(statement: PolicyStatement): IamRolePolicy {
    this.statements.push(statement);
    return this.policy;
  }

  /** Statements that allow or deny the action. */
  public about(action: string): PolicyStatement[] {
    return this.statements.filter((statement) => statement.actions.includes(action));
  }

  /** Every action that is allowed, sorted. */
  public get allowed(): string[] {
    return [...new Set(this.statements.filter((statement) => statement.effect !== 'Deny').flatMap((statement) => statement.actions))].sort();
  }
}
