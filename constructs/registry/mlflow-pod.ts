import type { Size } from '../../src/core';
import type { Container, EnvVar, PodSpec, SecurityContext, Volume } from '../gitops';
import { IntOrString, PriorityClass, Quantity } from '../gitops';
import { DATABASE_URI, SERVICE_FILE } from './mlflow-database';

/** Port that the server listens on. */
export const MLFLOW_PORT = 5000;

/** User and group of the process; any but root. */
const USER_ID = 10_001;

const CONFIG_PATH = '/etc/mlflow';
const DATABASE_PATH = '/etc/mlflow-database';
const METRICS_PATH = '/var/run/mlflow-metrics';

/** Names that the pods of the server refer to. */
export interface MlflowPodNames {
  /** Service account. */
  readonly serviceAccount: string;
  /** ConfigMap with `auth.ini`. */
  readonly config: string;
  /** Secret with the service file of the database. */
  readonly database: string;
  /** Secret with the session key and the administrator's credentials. */
  readonly keys: string;
}

/** What decides the pods of the server. */
export interface MlflowPodProps {
  readonly names: MlflowPodNames;
  readonly image: string;
  readonly artifactRoot: string;
  readonly workers: number;
  /** Room for artifacts on their way through. */
  readonly scratch: Size;
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
}

/** Keys of the secret that is made in the cluster. */
export const MlflowKeys = { SESSION: 'session-key', USER: 'username', PASSWORD: 'password' } as const;

const HARDENED: SecurityContext = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

/** Content of `auth.ini`. Checked credentials are remembered for a minute: each check hashes, and would dominate every request. */
export function authConfig(): string {
  return [
    '[mlflow]',
    'default_permission = READ',
    `database_uri = ${DATABASE_URI}`,
    'authorization_function = mlflow.server.auth:authenticate_request_basic_auth',
    'auth_cache_ttl_seconds = 60',
    '',
  ].join('\n');
}

/** Labels by which services and policies find the server's pods. */
export function serverLabels(name: string): { [key: string]: string } {
  return { 'app.kubernetes.io/name': 'mlflow', 'app.kubernetes.io/instance': name, 'app.kubernetes.io/component': 'server' };
}

/** Pods of the server. */
export function serverPod(props: MlflowPodProps, labels: { [key: string]: string }): PodSpec {
  return {
    ...basePod(props),
    terminationGracePeriodSeconds: 60,
    topologySpreadConstraints: ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map((topologyKey) => ({
      maxSkew: 1,
      topologyKey,
      whenUnsatisfiable: 'ScheduleAnyway',
      labelSelector: { matchLabels: labels },
    })),
    containers: [serverContainer(props)],
  };
}

/** The pod that brings both schemas of the database to the image's version: experiments and models, then users. */
export function migrationPod(props: MlflowPodProps): PodSpec {
  const migrate = (name: string, command: string[]): Container => ({
    name,
    image: props.image,
    command,
    env: commonEnv(),
    securityContext: HARDENED,
    resources: { requests: { cpu: Quantity.fromString('100m'), memory: Quantity.fromString('384Mi') }, limits: { memory: Quantity.fromString('1Gi') } },
    volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }, { name: 'database', mountPath: DATABASE_PATH, readOnly: true }],
  });
  return {
    ...basePod(props),
    restartPolicy: 'Never',
    initContainers: [migrate('models', ['mlflow', 'db', 'upgrade', DATABASE_URI])],
    containers: [migrate('users', ['python', '-m', 'mlflow.server.auth', 'db', 'upgrade', '--url', DATABASE_URI])],
  };
}

function basePod({ names, scratch }: MlflowPodProps): Omit<PodSpec, 'containers'> {
  return {
    serviceAccountName: names.serviceAccount,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    priorityClassName: PriorityClass.SERVICES.name,
    securityContext: { runAsNonRoot: true, runAsUser: USER_ID, runAsGroup: USER_ID, fsGroup: USER_ID, seccompProfile: { type: 'RuntimeDefault' } },
    volumes: podVolumes(names, scratch),
  };
}

function podVolumes(names: MlflowPodNames, scratch: Size): Volume[] {
  return [
    { name: 'tmp', emptyDir: { sizeLimit: Quantity.fromString(scratch.toQuantity()) } },
    { name: 'metrics', emptyDir: { sizeLimit: Quantity.fromString('64Mi') } },
    { name: 'config', configMap: { name: names.config } },
    { name: 'database', secret: { secretName: names.database, items: [{ key: SERVICE_FILE, path: SERVICE_FILE }] } },
  ];
}

function serverContainer(props: MlflowPodProps): Container {
  return {
    name: 'mlflow',
    image: props.image,
    command: ['mlflow', 'server'],
    args: serverArgs(props),
    env: [...commonEnv(), ...serverEnv(props.names)],
    ports: [{ name: 'http', containerPort: MLFLOW_PORT }],
    securityContext: HARDENED,
    resources: { requests: { cpu: Quantity.fromString('250m'), memory: Quantity.fromString('1Gi') }, limits: { memory: Quantity.fromString('2Gi') } },
    startupProbe: { ...health(), periodSeconds: 5, failureThreshold: 36 },
    readinessProbe: { ...health(), periodSeconds: 10, failureThreshold: 3, timeoutSeconds: 5 },
    livenessProbe: { ...health(), periodSeconds: 20, failureThreshold: 6, timeoutSeconds: 5 },
    volumeMounts: [
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'metrics', mountPath: METRICS_PATH },
      { name: 'config', mountPath: CONFIG_PATH, readOnly: true },
      { name: 'database', mountPath: DATABASE_PATH, readOnly: true },
    ],
  };
}

/** The pod's own address is an allowed host, because Prometheus calls by address; Kubernetes fills it in. */
function serverArgs(props: MlflowPodProps): string[] {
  return [
    '--host=0.0.0.0',
    `--port=${MLFLOW_PORT}`,
    `--backend-store-uri=${DATABASE_URI}`,
    `--artifacts-destination=${props.artifactRoot}`,
    `--allowed-hosts=${[...props.allowedHosts, `$(POD_IP):${MLFLOW_PORT}`].join(',')}`,
    `--cors-allowed-origins=${props.allowedOrigins.join(',')}`,
    '--app-name=basic-auth',
    `--expose-prometheus=${METRICS_PATH}`,
    `--workers=${props.workers}`,
  ];
}

function health(): { httpGet: HealthRequest } {
  return { httpGet: { path: '/health', port: IntOrString.fromString('http'), httpHeaders: [{ name: 'Host', value: 'mlflow' }] } };
}

type HealthRequest = NonNullable<NonNullable<Container['livenessProbe']>['httpGet']>;

function commonEnv(): EnvVar[] {
  const values = {
    HOME: '/tmp',
    GIT_PYTHON_REFRESH: 'quiet',
    PGSERVICEFILE: `${DATABASE_PATH}/${SERVICE_FILE}`,
    PYTHONDONTWRITEBYTECODE: '1',
    MLFLOW_DISABLE_TELEMETRY: 'true',
    MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false',
  };
  return Object.entries(values).map(([name, value]) => ({ name, value }));
}

function serverEnv(names: MlflowPodNames): EnvVar[] {
  const fromKeys = (name: string, key: string): EnvVar => ({ name, valueFrom: { secretKeyRef: { name: names.keys, key } } });
  return [
    { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
    { name: 'MLFLOW_AUTH_CONFIG_PATH', value: `${CONFIG_PATH}/auth.ini` },
    fromKeys('MLFLOW_FLASK_SERVER_SECRET_KEY', MlflowKeys.SESSION),
    fromKeys('MLFLOW_AUTH_ADMIN_USERNAME', MlflowKeys.USER),
    fromKeys('MLFLOW_AUTH_ADMIN_PASSWORD', MlflowKeys.PASSWORD),
  ];
}
