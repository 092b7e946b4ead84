import { Construct } from 'constructs';
import { Chart } from '../../src/catalog';
import { fail } from '../../src/core';
import type { Application, GitOpsTree, HelmValues } from '../gitops';
import { containerResources, mergeValues, PlatformNamespace, SyncWave } from '../gitops';
import type { IGpuNodes } from './gpu-nodes';
import { gpuAffinity, gpuTolerations } from './gpu-nodes';

/** Props of the device plugin. */
export interface NvidiaDevicePluginProps {
  /** Nodes that it runs on. */
  readonly nodes: IGpuNodes;
  /** Values that are merged last. @default - none */
  readonly values?: HelmValues;
}

/** Tells Kubernetes how many GPUs each node has: what makes `nvidia.com/gpu` a resource that pods ask for. The node image brings driver and runtime. */
export class NvidiaDevicePlugin extends Construct {
  /** The application that carries it. */
  public readonly application: Application;

  /** @throws GpuLabelsEmpty */
  constructor(scope: GitOpsTree, id: string, props: NvidiaDevicePluginProps) {
    super(scope, id);
    const { nodes } = props;
    if (Object.keys(nodes.labels).length === 0) {
      fail({ code: 'GpuLabelsEmpty', message: 'the GPU nodes have no label', allowed: 'at least one label that they alone have', remedy: 'give their pool a label', path: this.node.path });
    }
    this.application = scope.addApplication('nvidia-device-plugin', {
      namespace: PlatformNamespace.GPU,
      wave: SyncWave.SERVICES,
      helm: {
        chart: Chart.NVIDIA_DEVICE_PLUGIN,
        values: mergeValues({ affinity: gpuAffinity(nodes), tolerations: gpuTolerations(nodes), resources: containerResources('10m', '64Mi', '256Mi') }, props.values),
      },
    });
    this.node.defaultChild = this.application;
  }
}
