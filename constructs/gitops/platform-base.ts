import { Construct } from 'constructs';
import type { Application } from './application';
import type { GitOpsTree } from './gitops-tree';
import { PlatformNamespace } from './platform-namespace';
import { SyncWave } from './sync-wave';
import { KubePriorityClass, KubeStorageClass } from './workloads';

/** Whose pods start first and are evicted last when nodes are short. */
export class PriorityClass {
  /** What other pods cannot start or be seen without: operators, Prometheus. */
  public static readonly CRITICAL = new PriorityClass('platform-critical', 1_000_000, 'What other pods of the platform depend on.');
  /** Servers that users call. */
  public static readonly SERVICES = new PriorityClass('platform-services', 100_000, 'Servers that users of the platform call.');

  private constructor(
    /** Name of the class. */
    public readonly name: string,
    /** Higher is more important; Kubernetes' own classes begin at 2,000,000,000. */
    public readonly value: number,
    /** What it is for. */
    public readonly description: string,
  ) {}
}

/** Name of the storage class that a volume claim without one gets. */
export const DEFAULT_STORAGE_CLASS = 'gp3';

/** Props of the base. */
export interface PlatformBaseProps {
  /** ARN of the key that encrypts volumes, a fact. @default - the account's key for EBS */
  readonly volumeKeyArn?: string;
}

/** What every other application names: the default storage class (encrypted gp3; EKS has no default from 1.30 on) and priority classes. */
export class PlatformBase extends Construct {
  /** The application that carries it. */
  public readonly application: Application;

  constructor(scope: GitOpsTree, id: string, props: PlatformBaseProps = {}) {
    super(scope, id);
    this.application = scope.addApplication('platform-base', { namespace: PlatformNamespace.ARGO_CD, wave: SyncWave.BASE });
    const storageClass = new KubeStorageClass(this.application, 'StorageClass', {
      metadata: { name: DEFAULT_STORAGE_CLASS, annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
      provisioner: 'ebs.csi.aws.com',
      parameters: { type: 'gp3', encrypted: 'true', 'csi.storage.k8s.io/fstype': 'ext4', ...(props.volumeKeyArn === undefined ? {} : { kmsKeyId: props.volumeKeyArn }) },
      volumeBindingMode: 'WaitForFirstConsumer',
      reclaimPolicy: 'Delete',
      allowVolumeExpansion: true,
    });
    for (const priority of [PriorityClass.CRITICAL, PriorityClass.SERVICES]) {
      new KubePriorityClass(this.application, priority.name, {
        metadata: { name: priority.name },
        value: priority.value,
        description: priority.description,
      });
    }
    this.node.defaultChild = storageClass;
  }
}
