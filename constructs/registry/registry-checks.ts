import type { Duration, Problem } from '../../src/core';

/** Capacity of Aurora Serverless v2, in ACU. Source: Aurora user guide, Serverless v2 capacity. */
const CAPACITY = { min: 0, max: 256, step: 0.5, leastMax: 1 };
/** Source: RDS API reference, CreateDBCluster. */
const BACKUP_DAYS = { min: 1, max: 35 };
/** Source: Aurora user guide, Aurora replicas. */
const MOST_REPLICAS = 15;
/** Names that PostgreSQL or RDS keep for themselves. */
const RESERVED_DATABASES = ['postgres', 'rdsadmin', 'template0', 'template1'];
const RESERVED_USERS = ['admin', 'postgres', 'public', 'rdsadmin', 'rds_superuser'];

/** Sizes and names of a registry's database, all defaults applied. */
export interface RegistrySettings {
  readonly databaseName: string;
  readonly masterUsername: string;
  readonly replicas: number;
  readonly minCapacity: number;
  readonly maxCapacity: number;
  readonly backupRetention: Duration;
}

/** Everything that RDS would refuse. */
export function registryProblems(settings: RegistrySettings): Problem[] {
  return [...nameProblems(settings), ...capacityProblems(settings), ...sizeProblems(settings)];
}

function nameProblems({ databaseName, masterUsername }: RegistrySettings): Problem[] {
  const problems: Problem[] = [];
  if (!/^[a-z][a-z0-9_]{0,62}$/.test(databaseName) || RESERVED_DATABASES.includes(databaseName)) {
    problems.push({ code: 'DatabaseNameInvalid', message: `databaseName got "${databaseName}"`, allowed: `1 to 63 lower-case letters, digits and underscores, beginning with a letter, and none of ${RESERVED_DATABASES.join(', ')}` });
  }
  if (!/^[a-z][a-z0-9_]{0,15}$/.test(masterUsername) || RESERVED_USERS.includes(masterUsername)) {
    problems.push({ code: 'DatabaseUserInvalid', message: `masterUsername got "${masterUsername}"`, allowed: `1 to 16 lower-case letters, digits and underscores, beginning with a letter, and none of ${RESERVED_USERS.join(', ')}` });
  }
  return problems;
}

function capacityProblems({ minCapacity, maxCapacity }: RegistrySettings): Problem[] {
  const problems: Problem[] = [];
  for (const [key, value, least] of [['minCapacity', minCapacity, CAPACITY.min], ['maxCapacity', maxCapacity, CAPACITY.leastMax]] as const) {
    if (!(value >= least && value <= CAPACITY.max && Number.isInteger(value / CAPACITY.step))) {
      problems.push({ code: 'DatabaseCapacityInvalid', message: `${key} got ${value} ACU`, allowed: `${least} to ${CAPACITY.max} in steps of ${CAPACITY.step}` });
    }
  }
  if (minCapacity > maxCapacity) {
    problems.push({ code: 'DatabaseCapacityInverted', message: `minCapacity must not exceed maxCapacity, got minCapacity ${minCapacity} and maxCapacity ${maxCapacity}` });
  }
  return problems;
}

function sizeProblems({ replicas, backupRetention }: RegistrySettings): Problem[] {
  const problems: Problem[] = [];
  if (!(Number.isInteger(replicas) && replicas >= 0 && replicas <= MOST_REPLICAS)) {
    problems.push({ code: 'DatabaseReplicasInvalid', message: `replicas got ${replicas}`, allowed: `whole numbers from 0 to ${MOST_REPLICAS}` });
  }
  const days = backupRetention.toDays();
  if (days < BACKUP_DAYS.min || days > BACKUP_DAYS.max) {
    problems.push({ code: 'BackupRetentionInvalid', message: `backupRetention got ${days} days`, allowed: `${BACKUP_DAYS.min} to ${BACKUP_DAYS.max} days` });
  }
  return problems;
}
