import { EksAccessEntry } from '@cdktf/provider-aws/lib/eks-access-entry';
import { EksAccessPolicyAssociation } from '@cdktf/provider-aws/lib/eks-access-policy-association';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { Environment, NameRule, Problems } from '../../src/core';
import type { AccessPolicy } from './access-policy';

/** Options of access to a cluster. */
export interface ClusterAccessOptions {
  /** ARN of an IAM role or user. */
  readonly principalArn: string;
  /** What the principal may do. @default - nothing but what its groups may do */
  readonly policy?: AccessPolicy;
  /** Namespaces that the policy is limited to. @default - the whole cluster */
  readonly namespaces?: readonly string[];
  /** Kubernetes groups that the principal belongs to, for role bindings. @default - none */
  readonly kubernetesGroups?: readonly string[];
}

/** Props of `ClusterAccess`. */
export interface ClusterAccessProps extends ClusterAccessOptions {
  /** Name of the cluster. */
  readonly clusterName: string;
  /** What must exist first. @default - nothing */
  readonly dependsOn?: readonly ITerraformDependable[];
}

/** One principal's access to a cluster. */
export class ClusterAccess extends Construct {
  /** @throws PrincipalInvalid, AccessWithoutPermission, AccessPolicyNotNamespaced, AccessGroupReserved, NameInvalid (all of them together) */
  constructor(scope: Construct, id: string, props: ClusterAccessProps) {
    super(scope, id);
    const namespaces = props.namespaces ?? [];
    this.rejectImpossible(props, namespaces);
    const { clusterName, principalArn } = props;
    const entry = new EksAccessEntry(this, 'Resource', {
      clusterName,
      principalArn,
      type: 'STANDARD',
      ...(props.kubernetesGroups === undefined ? {} : { kubernetesGroups: [...props.kubernetesGroups] }),
      dependsOn: [...(props.dependsOn ?? [])],
    });
    if (props.policy === undefined) return;
    new EksAccessPolicyAssociation(this, 'Policy', {
      clusterName,
      principalArn,
      policyArn: `arn:${Environment.of(this).partition}:eks::aws:cluster-access-policy/${props.policy.policyName}`,
      accessScope: namespaces.length > 0 ? { type: 'namespace', namespaces: [...namespaces] } : { type: 'cluster' },
      dependsOn: [entry],
    });
  }

  private rejectImpossible(props: ClusterAccessProps, namespaces: readonly string[]): void {
    const problems = new Problems(this);
    problems.when(!/^arn:[a-z-]+:iam::\d{12}:(role|user)\/.+$/.test(props.principalArn), {
      code: 'PrincipalInvalid',
      message: `principalArn got "${props.principalArn}"`,
      allowed: 'arn:aws:iam::<account>:role/<name> or …:user/<name>',
      remedy: 'EKS access entries take IAM roles and users, not STS sessions or groups',
    });
    problems.when(props.policy === undefined && (props.kubernetesGroups ?? []).length === 0, {
      code: 'AccessWithoutPermission',
      message: `access of ${props.principalArn} has neither policy nor kubernetesGroups`,
      remedy: 'give one of them: the entry alone permits nothing',
    });
    problems.when(namespaces.length > 0 && props.policy?.namespaced === false, {
      code: 'AccessPolicyNotNamespaced',
      message: `${props.policy?.policyName} got namespaces ${namespaces.join(', ')}`,
      allowed: 'the whole cluster',
      remedy: 'leave namespaces out, or choose AccessPolicy.ADMIN, EDIT or VIEW',
    });
    const reserved = (props.kubernetesGroups ?? []).filter((group) => /^(system|eks|aws|amazon|iam):/.test(group));
    problems.when(reserved.length > 0, { code: 'AccessGroupReserved', message: `kubernetesGroups got ${reserved.join(', ')}`, allowed: 'groups that do not begin with system:, eks:, aws:, amazon: or iam:' });
    for (const namespace of namespaces) {
      const problem = namespace.includes('*') ? undefined : NameRule.DNS_LABEL.problemOf(namespace);
      if (problem) problems.add(problem);
    }
    problems.throwIfAny();
  }
}
