export { ADDONS_SOURCE, EksAddon, type AddonData } from './addons';
export { API_VERSIONS_SOURCE, ApiVersion } from './api-versions';
export { CHARTS_SOURCE, type ChartData, type ChartLocation } from './chart-facts';
export { Chart, repositoryFor } from './charts';
export { AuroraPostgresVersion, DATABASES_SOURCE, type AuroraPostgresData } from './databases';
export { EKS_VERSIONS_SOURCE, EksVersion, type EksVersionDates } from './eks-versions';
export { ContainerImage, IMAGES_SOURCE } from './images';
export {
  AmiType, CpuArchitecture, INSTANCE_PRICES_SOURCE, INSTANCE_TYPES_SOURCE, type Accelerator, type InstanceTypeData,
} from './instance-type-facts';
export { InstanceType } from './instance-types';
export { partitionOf, Region, regionProblems, REGIONS_SOURCE, type RegionData } from './regions';
export { nearestNames, type CatalogSource } from './source';
