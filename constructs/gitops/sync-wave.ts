/** Place of an application in the order of a sync: every application of a lower wave is healthy before a higher one starts. */
export class SyncWave {
  /** Classes of storage and priority, which everything else names. */
  public static readonly BASE = new SyncWave(0);
  /** Custom resource definitions that several charts use. */
  public static readonly DEFINITIONS = new SyncWave(10);
  /** Operators that others need before they start, such as External Secrets. */
  public static readonly OPERATORS = new SyncWave(20);
  /** Secret stores: their operator's webhook has to answer. */
  public static readonly SECRET_STORES = new SyncWave(30);
  /** Everything that serves: monitoring, devices, MLflow. One wave, so that a broken dashboard holds up no model. */
  public static readonly SERVICES = new SyncWave(40);

  /** Another place. @param number any whole number; lower comes first. */
  public static of(number: number): SyncWave {
    return new SyncWave(number);
  }

  private constructor(
    /** As Argo CD's annotation has it. */
    public readonly number: number,
  ) {}

  /** The annotation of an object in this wave. */
  public get annotations(): { readonly [key: string]: string } {
    return { 'argocd.argoproj.io/sync-wave': String(this.number) };
  }
}
