import type { KubernetesEngine } from './discover';

/** Ports of one control plane, all on 127.0.0.1. */
export interface ControlPlanePorts {
  readonly apiServer: number;
  readonly etcd: number;
  readonly etcdPeer: number;
  readonly controllerManager: number;
  readonly scheduler: number;
  readonly kwok: number;
}

/** Service addresses that EKS gives out when the VPC does not use 172.16.0.0/12 itself. */
const SERVICE_CIDR = '172.20.0.0/16';
/** Documentation address (RFC 5737): the API server refuses to advertise loopback, and nothing in the twin dials this. */
const ADVERTISED_ADDRESS = '192.0.2.1';

/** Without leases a simulated node is silent for minutes; its pods must not be taken for lost. Nothing here ends by itself. */
const NODE_PATIENCE = '24h';

/**
 * Configuration file of `kwokctl` for one control plane that listens on loopback alone and downloads nothing.
 *
 * Each component is the only one of its kind, so nobody holds leases: a component that is started again would wait
 * until the lease of its killed predecessor is over, the simulated kubelet for minutes.
 */
export function kwokConfiguration(engine: KubernetesEngine, ports: ControlPlanePorts): object {
  const { binaries } = engine;
  return {
    kind: 'KwokctlConfiguration',
    apiVersion: 'config.kwok.x-k8s.io/v1alpha1',
    options: {
      runtime: 'binary',
      bindAddress: '127.0.0.1',
      kubeVersion: `v${engine.kubernetesVersion}`,
      kubeApiserverPort: ports.apiServer,
      etcdPort: ports.etcd,
      etcdPeerPort: ports.etcdPeer,
      kubeControllerManagerPort: ports.controllerManager,
      kubeSchedulerPort: ports.scheduler,
      kwokControllerPort: ports.kwok,
      etcdBinary: binaries.etcd,
      kubeApiserverBinary: binaries['kube-apiserver'],
      kubeControllerManagerBinary: binaries['kube-controller-manager'],
      kubeSchedulerBinary: binaries['kube-scheduler'],
      kubectlBinary: binaries.kubectl,
      kwokControllerBinary: binaries.kwok,
    },
    componentsPatches: [
      {
        name: 'kube-apiserver',
        extraArgs: [
          { key: 'service-cluster-ip-range', value: SERVICE_CIDR },
          { key: 'advertise-address', value: ADVERTISED_ADDRESS },
        ],
      },
      { name: 'kube-controller-manager', extraArgs: [{ key: 'leader-elect', value: 'false' }, { key: 'node-monitor-grace-period', value: NODE_PATIENCE, override: true }] },
      { name: 'kube-scheduler', extraArgs: [{ key: 'leader-elect', value: 'false' }] },
      { name: 'kwok-controller', extraArgs: [{ key: 'node-lease-duration-seconds', value: '0', override: true }] },
    ],
  };
}
