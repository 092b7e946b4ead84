export * from './model-registry';
export { MASTER_SECRET_TAG, ModelRegistryGrants, type RegistryFacts } from './model-registry-grants';
export { MlflowServer, type MlflowServerOptions, type MlflowServerProps } from './mlflow-server';
