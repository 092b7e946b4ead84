import { fail, NameRule } from '../../src/core';

/** A level of the pod security standards, enforced by the API server's own admission. */
export enum PodSecurity {
  /** Hardened pods only. */
  RESTRICTED = 'restricted',
  /** No known privilege escalation. */
  BASELINE = 'baseline',
  /** Anything, for agents that touch the host. */
  PRIVILEGED = 'privileged',
}

/** A namespace of the platform, with the level of pod security that its pods keep. */
export class PlatformNamespace {
  /** Argo CD. */
  public static readonly ARGO_CD = new PlatformNamespace('argocd', PodSecurity.RESTRICTED);
  /** External Secrets. */
  public static readonly EXTERNAL_SECRETS = new PlatformNamespace('external-secrets', PodSecurity.RESTRICTED);
  /** Prometheus, Alertmanager, Grafana; privileged because the node exporter reads the host. */
  public static readonly MONITORING = new PlatformNamespace('monitoring', PodSecurity.PRIVILEGED);
  /** Device plugin and GPU exporter; privileged because they reach the devices of the host. */
  public static readonly GPU = new PlatformNamespace('gpu', PodSecurity.PRIVILEGED);
  /** The MLflow server. */
  public static readonly MLFLOW = new PlatformNamespace('mlflow', PodSecurity.RESTRICTED);

  /** Another namespace. @throws NameTooLong, NameInvalid */
  public static of(name: string, podSecurity: PodSecurity = PodSecurity.RESTRICTED): PlatformNamespace {
    NameRule.DNS_LABEL.check(name, 'PlatformNamespace');
    if (/^(kube-|default$)/.test(name)) {
      fail({ code: 'NamespaceReserved', message: `namespace "${name}" belongs to Kubernetes`, allowed: 'a name that is not default and does not begin with kube-', path: 'PlatformNamespace' });
    }
    return new PlatformNamespace(name, podSecurity);
  }

  private constructor(
    /** Name. */
    public readonly name: string,
    /** Level that the API server enforces. */
    public readonly podSecurity: PodSecurity,
  ) {}

  /** Labels of the namespace. Below the enforced level nothing starts; the next level warns. */
  public get labels(): { readonly [key: string]: string } {
    return {
      'app.kubernetes.io/part-of': 'ml-platform',
      'pod-security.kubernetes.io/enforce': this.podSecurity,
      'pod-security.kubernetes.io/warn': this.podSecurity,
    };
  }
}

/** Label of a namespace whose pods may call the MLflow server; its value is `true`. */
export const MLFLOW_CLIENT_LABEL = 'ml-platform/mlflow-client';
