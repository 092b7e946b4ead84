export { columnsOf, type FeatureColumn, type FeatureSchema } from './feature-schema';
export * from './feature-store';
export * from './feature-table';
export { FeatureTableGrants, type FeatureTableFacts } from './feature-table-grants';
export * from './feature-type';
