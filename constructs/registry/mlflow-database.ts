import type { Construct } from 'constructs';
import { Duration } from '../../src/core';
import type { ClusterSecretStore } from '../secrets';
import { ExternalSecret } from '../secrets';
import type { IModelRegistry } from './model-registry';
import { MASTER_SECRET_TAG } from './model-registry-grants';

/** Name of the connection in libpq's service file. */
const SERVICE = 'mlflow';

/** Key and file name of the service file. */
export const SERVICE_FILE = 'pg_service.conf';

/**
 * What MLflow is given as its database: the name of a connection, no address and no password. libpq reads both from the service
 * file whenever it connects, so a password that RDS has rotated works without a restart. Source: PostgreSQL manual, 34.17.
 */
export const DATABASE_URI = `postgresql+psycopg2:///?service=${SERVICE}`;

/** How soon a rotated password reaches the cluster; the kubelet takes another minute to the pod. */
const REFRESH = Duration.minutes(5);

/** Props of the connection secret. */
export interface MlflowDatabaseSecretProps {
  readonly name: string;
  readonly registry: IModelRegistry;
  readonly store: ClusterSecretStore;
  readonly annotations: { readonly [key: string]: string };
}

/** The service file as a Kubernetes secret: address from the registry's connection secret, user and password from the one that RDS manages. */
export function addDatabaseSecret(scope: Construct, id: string, props: MlflowDatabaseSecretProps): ExternalSecret {
  const { registry } = props;
  const field = (property: string) => ({ secretName: registry.connectionSecretName, property });
  return new ExternalSecret(scope, id, {
    name: props.name,
    store: props.store,
    refresh: REFRESH,
    annotations: props.annotations,
    fields: { host: field('host'), port: field('port'), dbname: field('dbname') },
    foundByTag: { master: { key: MASTER_SECRET_TAG, value: registry.databaseClusterArn } },
    template: { [SERVICE_FILE]: serviceFile() },
  });
}

function serviceFile(): string {
  return [
    `[${SERVICE}]`,
    'host={{ .host }}',
    'port={{ .port }}',
    'dbname={{ .dbname }}',
    'user={{ (.master | fromJson).username }}',
    'password={{ (.master | fromJson).password }}',
    'sslmode=require',
    '',
  ].join('\n');
}
