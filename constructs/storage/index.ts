export * from './access-log-bucket';
export * from './artifact-bucket';
export * from './artifact-bucket-grants';
export * from './object-lifecycle';
export { checkPrefix, claimPrefix } from './object-prefix';
