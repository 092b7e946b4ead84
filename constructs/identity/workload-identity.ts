import { EksPodIdentityAssociation } from '@cdktf/provider-aws/lib/eks-pod-identity-association';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy';
import { IamRolePolicyAttachment } from '@cdktf/provider-aws/lib/iam-role-policy-attachment';
import type { ITerraformDependable } from 'cdktf';
import { Lazy } from 'cdktf';
import { Construct } from 'constructs';
import type { PolicyStatement } from '../../src/core';
import { claimName, Environment, NameRule, policyDocument, Problems } from '../../src/core';
import { mergeStatements } from './merge-statements';
import type { IWorkloadIdentity } from './workload-identity-interface';

/** Longest text of all inline policies of a role, in characters without white space. Source: IAM user guide, IAM and STS quotas. */
const INLINE_POLICY_LIMIT = 10_240;

/** A cluster, by the facts that an identity of its pods needs. */
export interface IPodIdentityCluster {
  /** Name of the cluster, a fact. */
  readonly clusterName: string;
  /** ARN of the cluster, built from account and name: a fact. */
  readonly clusterArn: string;
}

/** Options of a workload identity. */
export interface WorkloadIdentityOptions {
  /** Namespace of the service account. */
  readonly namespace: string;
  /** Name of the service account. */
  readonly serviceAccount: string;
  /** Last part of the role's name. @default - namespace and service account, once if they are the same */
  readonly roleNameSuffix?: string;
  /** Policies that AWS maintains, by name such as `AmazonEKS_CNI_Policy` or `service-role/…`; or ARNs. @default - none */
  readonly managedPolicies?: readonly string[];
  /** What must exist before pods can get the role. @default - nothing */
  readonly dependsOn?: readonly ITerraformDependable[];
}

/** Props of `WorkloadIdentity`. */
export interface WorkloadIdentityProps extends WorkloadIdentityOptions {
  /** The cluster whose pods get the role. */
  readonly cluster: IPodIdentityCluster;
}

/**
 * A role that the pods of one service account of one cluster act as, through EKS Pod Identity. Grants collect in one inline
 * policy, which exists as soon as there is one.
 */
export class WorkloadIdentity extends Construct implements IWorkloadIdentity {
  public readonly namespace: string;
  public readonly serviceAccount: string;
  public readonly roleName: string;
  public readonly roleArn: string;
  /** The link between role and service account; pods that start before it get no credentials. */
  public readonly association: ITerraformDependable;
  private readonly statements: PolicyStatement[] = [];
  private policy: IamRolePolicy | undefined;

  /** @throws NameTooLong, NameInvalid (role, namespace, service account), PhysicalNameDuplicate, PolicyTooLong (at synth) */
  constructor(scope: Construct, id: string, props: WorkloadIdentityProps) {
    super(scope, id);
    const environment = Environment.of(this);
    this.namespace = props.namespace;
    this.serviceAccount = props.serviceAccount;
    this.rejectBadNames();
    this.roleName = environment.physicalName(NameRule.IAM_ROLE, props.roleNameSuffix ?? [...new Set([this.namespace, this.serviceAccount])].join('-'));
    this.roleArn = environment.iamArn(`role/${this.roleName}`);
    claimName(this, 'IAM role', this.roleName);

    const role = new IamRole(this, 'Resource', {
      name: this.roleName,
      description: `Pods of service account ${this.namespace}/${this.serviceAccount} in ${props.cluster.clusterName}`,
      assumeRolePolicy: policyDocument([
        {
          actions: ['sts:AssumeRole', 'sts:TagSession'],
          principals: { Service: ['pods.eks.amazonaws.com'] },
          conditions: { StringEquals: { 'aws:SourceAccount': environment.account }, ArnEquals: { 'aws:SourceArn': props.cluster.clusterArn } },
        },
      ]),
    });
    const attachments = (props.managedPolicies ?? []).map(
      (policy) =>
        new IamRolePolicyAttachment(this, policy.split('/').at(-1) as string, {
          role: role.name,
          policyArn: policy.startsWith('arn:') ? policy : environment.managedPolicyArn(policy),
        }),
    );
    this.association = new EksPodIdentityAssociation(this, 'Association', {
      clusterName: props.cluster.clusterName,
      namespace: this.namespace,
      serviceAccount: this.serviceAccount,
      roleArn: role.arn,
      dependsOn: [...(props.dependsOn ?? []), ...attachments],
    });
    this.node.addValidation({ validate: () => this.findTooLongPolicy() });
  }

  public addToPolicy(statement: PolicyStatement): ITerraformDependable {
    this.statements.push(statement);
    this.policy ??= new IamRolePolicy(this, 'Policy', {
      name: 'grants',
      role: (this.node.findChild('Resource') as IamRole).name,
      policy: Lazy.stringValue({ produce: () => this.policyText() }),
    });
    return this.policy;
  }

  private policyText(): string {
    return policyDocument(mergeStatements(this.statements));
  }

  private rejectBadNames(): void {
    const problems = new Problems(this);
    for (const [what, name] of [['namespace', this.namespace], ['serviceAccount', this.serviceAccount]] as const) {
      const problem = NameRule.DNS_LABEL.problemOf(name);
      if (problem) problems.add({ ...problem, message: `${what}: ${problem.message}` });
    }
    problems.throwIfAny();
  }

  private findTooLongPolicy(): string[] {
    const length = this.policyText().length;
    if (length <= INLINE_POLICY_LIMIT) return [];
    return [`[PolicyTooLong] the grants of role ${this.roleName} take ${length} characters; allowed: ${INLINE_POLICY_LIMIT}; grant whole prefixes instead of single objects, or split the workload`];
  }
}
