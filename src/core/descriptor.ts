import type { ResourceExclusion } from './environment';

/** One layer of a platform, as tools outside the program see it. */
export interface LayerDescription {
  /** `network`, `cluster`, `data` or `gitops`. */
  readonly layer: string;
  /** Id of its stack: the folder below `stacks/` of the synth output. */
  readonly stack: string;
  /** Layers that must stand before this one. */
  readonly dependsOn: readonly string[];
}

/** What the synth output says of one platform: `platforms/<environment>/platform.json`. */
export interface PlatformDescription {
  readonly environment: string;
  readonly tier: string;
  readonly account: string;
  readonly region: string;
  /** True if the layers are applied to an emulator of AWS. */
  readonly emulated: boolean;
  /** Layers in the order of dependence. */
  readonly layers: readonly LayerDescription[];
  /** The EKS cluster. */
  readonly cluster: { readonly name: string; readonly version: string };
  /** The GitOps tree. */
  readonly gitops: {
    /** Folder below the synth output. */
    readonly tree: string;
    /** Kinds that Argo CD leaves alone. */
    readonly resourceExclusions: readonly ResourceExclusion[];
  };
}

/** File of the description below the synth output. */
export function descriptionFile(environment: string): string {
  return `platforms/${environment}/platform.json`;
}
