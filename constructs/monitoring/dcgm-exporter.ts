import { Construct } from 'constructs';
import { Chart } from '../../src/catalog';
import type { IGpuNodes } from '../compute';
import { gpuAffinity, gpuTolerations } from '../compute';
import type { Application, GitOpsTree, HelmValues } from '../gitops';
import { containerResources, mergeValues, PlatformNamespace, SyncWave } from '../gitops';

/** Props of the exporter. */
export interface DcgmExporterProps {
  /** Nodes that it runs on. */
  readonly nodes: IGpuNodes;
  /** Values that are merged last. @default - none */
  readonly values?: HelmValues;
}

/** Metrics of every GPU: use, memory, temperature, errors, by pod. */
export class DcgmExporter extends Construct {
  /** The application that carries it. */
  public readonly application: Application;

  constructor(scope: GitOpsTree, id: string, props: DcgmExporterProps) {
    super(scope, id);
    const { nodes } = props;
    this.application = scope.addApplication('dcgm-exporter', {
      namespace: PlatformNamespace.GPU,
      wave: SyncWave.SERVICES,
      helm: {
        chart: Chart.DCGM_EXPORTER,
        values: mergeValues(
          {
            affinity: gpuAffinity(nodes),
            tolerations: gpuTolerations(nodes),
            // Eight GPUs with the default counters need more than the chart's 512 MiB.
            resources: containerResources('100m', '256Mi', '1Gi'),
            serviceMonitor: { enabled: true, interval: '15s', honorLabels: true },
          },
          props.values,
        ),
      },
    });
    this.node.defaultChild = this.application;
  }
}
