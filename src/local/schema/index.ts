export { checkHelmValues } from './helm-values';
export { checkManifest } from './manifest';
export { isObject, type JsonObject, type SchemaProblem } from './problem';
export { SCHEMA_DIR_VARIABLE, SchemaReference } from './reference';
export { checkTerraformJson, gitopsProviderSchemas, type ProviderSchemas, type TerraformCheck } from './terraform';
