import { at, isRecord, listAt, type Manifest } from './manifest';

type Block = Readonly<Record<string, unknown>>;

/** How one resource type of the Kubernetes provider is written as a manifest. */
interface Translation {
  readonly apiVersion: string;
  readonly kind: string;
  readonly body: (block: Block) => Block;
}

/** The manifest of a resource of Terraform's Kubernetes provider; undefined for types that have none here. */
export function manifestOf(type: string, block: Block): Manifest | undefined {
  const translation = TRANSLATIONS[type.replace(/_v\d$/, '')];
  const metadata = first(block.metadata);
  if (translation === undefined || !isRecord(metadata)) return undefined;
  const { name, generate_name: generateName, namespace, labels, annotations } = metadata;
  const { apiVersion, kind, body } = translation;
  return { apiVersion, kind, metadata: defined({ name, generateName, namespace, labels, annotations }), ...defined(body(block)) };
}

const RBAC = 'rbac.authorization.k8s.io/v1';

const TRANSLATIONS: Readonly<Record<string, Translation>> = {
  kubernetes_namespace: { apiVersion: 'v1', kind: 'Namespace', body: () => ({}) },
  kubernetes_secret: {
    apiVersion: 'v1', kind: 'Secret',
    body: ({ data, data_wo: writeOnly, binary_data: binary, type, immutable }) => ({
      type: type ?? 'Opaque', immutable, data: { ...base64Of(data), ...base64Of(writeOnly), ...(isRecord(binary) ? binary : {}) },
    }),
  },
  kubernetes_config_map: { apiVersion: 'v1', kind: 'ConfigMap', body: ({ data, binary_data: binaryData, immutable }) => ({ data, binaryData, immutable }) },
  kubernetes_storage_class: {
    apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass',
    body: (block) => ({
      provisioner: block.storage_provisioner,
      parameters: block.parameters,
      reclaimPolicy: block.reclaim_policy ?? 'Delete',
      volumeBindingMode: block.volume_binding_mode ?? 'Immediate',
      allowVolumeExpansion: block.allow_volume_expansion ?? true,
      mountOptions: block.mount_options,
      allowedTopologies: many(block.allowed_topologies).map((topology) => ({
        matchLabelExpressions: many(at(topology, 'match_label_expressions')).map(camel),
      })),
    }),
  },
  kubernetes_service_account: {
    apiVersion: 'v1', kind: 'ServiceAccount',
    body: (block) => ({ automountServiceAccountToken: block.automount_service_account_token ?? true, imagePullSecrets: many(block.image_pull_secret), secrets: many(block.secret) }),
  },
  kubernetes_priority_class: {
    apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass',
    body: ({ value, description, global_default: globalDefault, preemption_policy: preemptionPolicy }) => ({ value, description, globalDefault, preemptionPolicy }),
  },
  kubernetes_resource_quota: { apiVersion: 'v1', kind: 'ResourceQuota', body: ({ spec }) => ({ spec: quotaSpec(first(spec)) }) },
  kubernetes_limit_range: {
    apiVersion: 'v1', kind: 'LimitRange',
    body: ({ spec }) => ({ spec: { limits: many(at(first(spec), 'limit')).map(camel) } }),
  },
  kubernetes_network_policy: { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', body: ({ spec }) => ({ spec: networkPolicySpec(first(spec)) }) },
  kubernetes_role: { apiVersion: RBAC, kind: 'Role', body: ({ rule }) => ({ rules: many(rule).map(ruleOf) }) },
  kubernetes_cluster_role: { apiVersion: RBAC, kind: 'ClusterRole', body: ({ rule }) => ({ rules: many(rule).map(ruleOf) }) },
  kubernetes_role_binding: { apiVersion: RBAC, kind: 'RoleBinding', body: bindingOf },
  kubernetes_cluster_role_binding: { apiVersion: RBAC, kind: 'ClusterRoleBinding', body: bindingOf },
};

function first(block: unknown): unknown {
  return Array.isArray(block) ? block[0] : block;
}

function many(block: unknown): readonly unknown[] {
  if (block === undefined || block === null) return [];
  return Array.isArray(block) ? block : [block];
}

/** Drops what was not given; Terraform writes null for it. */
function defined(block: Block): Record<string, unknown> {
  return Object.fromEntries(Object.entries(block).filter(([, value]) => value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0)));
}

/** Field names in Kubernetes' spelling; the keys of maps (labels, quantities) have no underscore that would change. */
function camel(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camel);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(defined(value)).map(([key, entry]) => [key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()), LABEL_MAPS.has(key) ? entry : camel(entry)]));
}

const LABEL_MAPS: ReadonlySet<string> = new Set(['match_labels', 'default', 'default_request', 'max', 'min', 'max_limit_request_ratio', 'hard']);

function base64Of(data: unknown): Record<string, string> {
  return isRecord(data) ? Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(String(value)).toString('base64')])) : {};
}

function quotaSpec(spec: unknown): Block {
  const selector = first(at(spec, 'scope_selector'));
  const matchExpressions = many(at(selector, 'match_expression')).map(camel);
  return defined({ hard: at(spec, 'hard'), scopes: at(spec, 'scopes'), scopeSelector: selector === undefined || selector === null ? undefined : { matchExpressions } });
}

function networkPolicySpec(spec: unknown): Block {
  const rules = (direction: 'ingress' | 'egress', peer: 'from' | 'to'): unknown =>
    many(at(spec, direction)).map((rule) => defined({ ports: many(at(rule, 'ports')).map(portOf), [peer]: many(at(rule, peer)).map(peerOf) }));
  const policyTypes = listAt(spec, 'policy_types');
  return {
    podSelector: selectorOf(at(spec, 'pod_selector')) ?? {},
    policyTypes,
    ...(policyTypes.includes('Ingress') ? { ingress: rules('ingress', 'from') } : {}),
    ...(policyTypes.includes('Egress') ? { egress: rules('egress', 'to') } : {}),
  };
}

/** The provider keeps port numbers as text. */
function portOf(port: unknown): Block {
  const value = at(port, 'port');
  return defined({ protocol: at(port, 'protocol'), port: typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value, endPort: at(port, 'end_port') });
}

function peerOf(peer: unknown): Block {
  return defined({
    podSelector: selectorOf(at(peer, 'pod_selector')),
    namespaceSelector: selectorOf(at(peer, 'namespace_selector')),
    ipBlock: camel(first(at(peer, 'ip_block'))),
  });
}

function selectorOf(block: unknown): Block | undefined {
  const selector = first(block);
  if (!isRecord(selector)) return undefined;
  return defined({ matchLabels: selector.match_labels, matchExpressions: many(selector.match_expressions).map(camel) });
}

function ruleOf(rule: unknown): unknown {
  return camel(rule);
}

function bindingOf(block: Block): Block {
  const subjects = many(block.subject).map((subject) => {
    const { api_group: apiGroup, kind, name, namespace } = isRecord(subject) ? subject : {};
    return defined({ kind, name, apiGroup: kind === 'ServiceAccount' ? undefined : apiGroup ?? 'rbac.authorization.k8s.io', namespace: kind === 'ServiceAccount' ? namespace ?? 'default' : undefined });
  });
  return { roleRef: camel(first(block.role_ref)), subjects };
}
