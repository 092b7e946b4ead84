export { createClusterBackend, type KubernetesBackendConfig } from './cluster-backend';
export { buildEngine, buildOptional, cacheDirectory, type BuildOptions, type BuildProgress } from './engine/build';
export { discoverEngine, findOnPath, type DiscoverOptions, type EngineDiscovery, type KubernetesEngine } from './engine/discover';
export { KwokCluster } from './engine/kwok-cluster';
export type { NodeAccelerator, NodeShape, ShapeOf } from './engine/node-shape';
export { engineVersion, twinKubernetesVersions, type EngineVersion } from './engine/versions';
export { bindPendingClaims, startVolumeBinder, type BoundClaims, type ImpossibleClaim, type VolumeBinder } from './engine/volumes';
