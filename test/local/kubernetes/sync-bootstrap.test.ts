import { manifestOf } from '../../../src/local/kubernetes/sync/terraform-manifests';
import { resolverOf, resolveValue } from '../../../src/local/kubernetes/sync/terraform-values';

describe('values of Terraform', () => {
  const resources = {
    kubernetes_namespace_v1: { Team: { metadata: { name: 'team' } }, Listed: { metadata: [{ name: '${kubernetes_namespace_v1.Team.metadata[0].name}-2' }] } },
  };
  const resolve = resolverOf(resources, (expression) => (expression === 'var.known' ? 7 : undefined));

  test('are taken from the same file, from outside, or named', () => {
    const value = { a: '${kubernetes_namespace_v1.Team.metadata[0].name}', b: 'x-${kubernetes_namespace_v1.Listed.metadata.0.name}-y', c: '${var.known}', d: ['${var.unknown}', '${jsonencode({"a" = "}"})}'] };
    expect(resolveValue(value, resolve)).toEqual({ value: { a: 'team', b: 'x-team-2-y', c: 7, d: [undefined, undefined] }, unresolved: ['var.unknown', 'jsonencode({"a" = "}"})'] });
  });

  test('keep what is escaped', () => {
    expect(resolveValue('$${name} %%{ if } $1 100%', resolve)).toEqual({ value: '${name} %{ if } $1 100%', unresolved: [] });
  });
});

describe('resources of the Kubernetes provider', () => {
  const metadata = { name: 'a', namespace: 'n', labels: null };
  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['kubernetes_namespace', { metadata: [{ name: 'a', labels: { x: 'y' } }] }, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a', labels: { x: 'y' } } }],
    ['kubernetes_secret_v1', { metadata, data: { k: 'v' }, binary_data: { b: 'AA==' } }, { kind: 'Secret', type: 'Opaque', metadata: { name: 'a', namespace: 'n' }, data: { k: 'dg==', b: 'AA==' } }],
    ['kubernetes_config_map_v1', { metadata, data: { k: 'v' } }, { kind: 'ConfigMap', data: { k: 'v' } }],
    ['kubernetes_service_account_v1', { metadata, image_pull_secret: [{ name: 's' }] }, { kind: 'ServiceAccount', automountServiceAccountToken: true, imagePullSecrets: [{ name: 's' }] }],
    ['kubernetes_storage_class_v1', { metadata: { name: 'a' }, storage_provisioner: 'p', allowed_topologies: { match_label_expressions: [{ key: 'k', values: ['v'] }] } }, { kind: 'StorageClass', provisioner: 'p', volumeBindingMode: 'Immediate', allowedTopologies: [{ matchLabelExpressions: [{ key: 'k', values: ['v'] }] }] }],
    ['kubernetes_resource_quota_v1', { metadata, spec: { hard: { 'requests.nvidia.com/gpu': 4 }, scope_selector: { match_expression: [{ scope_name: 'PriorityClass', operator: 'In', values: ['x'] }] } } }, { kind: 'ResourceQuota', spec: { hard: { 'requests.nvidia.com/gpu': 4 }, scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['x'] }] } } }],
    ['kubernetes_limit_range_v1', { metadata, spec: { limit: [{ type: 'Container', default_request: { cpu: '1' } }] } }, { kind: 'LimitRange', spec: { limits: [{ type: 'Container', defaultRequest: { cpu: '1' } }] } }],
    [
      'kubernetes_network_policy_v1',
      { metadata, spec: { pod_selector: {}, policy_types: ['Ingress', 'Egress'], ingress: [{ ports: [{ port: '80', protocol: 'TCP' }], from: [{ namespace_selector: { match_labels: { a_b: 'c' } } }] }] } },
      { kind: 'NetworkPolicy', spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'], ingress: [{ ports: [{ port: 80, protocol: 'TCP' }], from: [{ namespaceSelector: { matchLabels: { a_b: 'c' } } }] }], egress: [] } },
    ],
    ['kubernetes_cluster_role_v1', { metadata: { name: 'a' }, rule: [{ api_groups: [''], resources: ['pods'], verbs: ['get'] }] }, { kind: 'ClusterRole', rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] }],
    ['kubernetes_role_binding_v1', { metadata, role_ref: { api_group: 'rbac.authorization.k8s.io', kind: 'Role', name: 'r' }, subject: [{ kind: 'ServiceAccount', name: 's', namespace: 'n' }, { kind: 'Group', name: 'g' }] }, { kind: 'RoleBinding', roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'r' }, subjects: [{ kind: 'ServiceAccount', name: 's', namespace: 'n' }, { kind: 'Group', name: 'g', apiGroup: 'rbac.authorization.k8s.io' }] }],
    ['kubernetes_priority_class_v1', { metadata: { name: 'a' }, value: 10, global_default: false }, { kind: 'PriorityClass', value: 10, globalDefault: false }],
  ])('%s becomes a manifest', (type, block, manifest) => {
    expect(manifestOf(type, block)).toMatchObject(manifest);
  });

  test('of other types have none', () => {
    expect(manifestOf('kubernetes_manifest', { metadata })).toBeUndefined();
    expect(manifestOf('kubernetes_secret_v1', {})).toBeUndefined();
  });
});
