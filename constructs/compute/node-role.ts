import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { IamRolePolicyAttachment } from '@cdktf/provider-aws/lib/iam-role-policy-attachment';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { claimName, Environment, NameRule, serviceTrust } from '../../src/core';

/**
 * What a node may do: join the cluster, pull images, be reached by Session Manager. Not the pod network: the CNI has an
 * identity of its own, so no other pod of the node can change interfaces.
 */
const NODE_POLICIES = ['AmazonEKSWorkerNodePolicy', 'AmazonEC2ContainerRegistryPullOnly', 'AmazonSSMManagedInstanceCore'];

/** Props of `NodeRole`. */
export interface NodeRoleProps {
  /** Last part of the role's name. */
  readonly roleNameSuffix: string;
}

/** The role of nodes, with the least that a node needs. */
export class NodeRole extends Construct {
  /** Name, a fact. */
  public readonly roleName: string;
  /** ARN, built from account and name: a fact. */
  public readonly roleArn: string;
  /** The same ARN as Terraform knows it, so that whoever uses it waits for the role. */
  public readonly createdArn: string;
  /** What must exist before a node can join. */
  public readonly attachments: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, props: NodeRoleProps) {
    super(scope, id);
    const environment = Environment.of(this);
    this.roleName = environment.physicalName(NameRule.IAM_ROLE, props.roleNameSuffix);
    this.roleArn = environment.iamArn(`role/${this.roleName}`);
    claimName(this, 'IAM role', this.roleName);
    const role = new IamRole(this, 'Resource', { name: this.roleName, assumeRolePolicy: serviceTrust(`ec2.${environment.dnsSuffix}`) });
    this.createdArn = role.arn;
    this.attachments = NODE_POLICIES.map((policy) => new IamRolePolicyAttachment(this, policy, { role: role.name, policyArn: environment.managedPolicyArn(policy) }));
  }
}
