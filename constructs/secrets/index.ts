export { ClusterSecretStore, type ClusterSecretStoreProps } from './cluster-secret-store';
export { ExternalSecret, type ExternalSecretProps, type SecretField } from './external-secret';
export { ExternalSecrets, type ExternalSecretsOptions } from './external-secrets';
export { GeneratedSecret, type GeneratedSecretProps } from './generated-secret';
