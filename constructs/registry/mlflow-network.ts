import type { NetworkPolicySpec } from '../gitops';
import { IntOrString, MLFLOW_CLIENT_LABEL, PlatformNamespace } from '../gitops';
import { MLFLOW_PORT } from './mlflow-pod';
import { POSTGRES_PORT } from './registry-database';

/** Where EKS Pod Identity's agent answers on each node. Source: EKS user guide, Pod Identity agent. */
const POD_IDENTITY_AGENT = '169.254.170.23/32';

/**
 * Who may talk to the server and to whom it may talk: Prometheus and labelled namespaces come in; out go names, the database
 * in the private subnets, credentials from the node, and HTTPS for S3 (whose addresses are public even through an endpoint).
 */
export function serverNetworkPolicy(labels: { [key: string]: string }, privateCidrs: readonly string[]): NetworkPolicySpec {
  const tcp = (port: number) => ({ protocol: 'TCP', port: IntOrString.fromNumber(port) });
  const dns = ['UDP', 'TCP'].map((protocol) => ({ protocol, port: IntOrString.fromNumber(53) }));
  return {
    podSelector: { matchLabels: labels },
    policyTypes: ['Ingress', 'Egress'],
    ingress: [
      {
        from: [
          { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': PlatformNamespace.MONITORING.name } } },
          { namespaceSelector: { matchLabels: { [MLFLOW_CLIENT_LABEL]: 'true' } } },
        ],
        ports: [tcp(MLFLOW_PORT)],
      },
    ],
    egress: [
      { to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } }], ports: dns },
      { to: privateCidrs.map((cidr) => ({ ipBlock: { cidr } })), ports: [tcp(POSTGRES_PORT)] },
      { to: [{ ipBlock: { cidr: POD_IDENTITY_AGENT } }], ports: [tcp(80)] },
      { to: [{ ipBlock: { cidr: '0.0.0.0/0' } }], ports: [tcp(443)] },
    ],
  };
}
