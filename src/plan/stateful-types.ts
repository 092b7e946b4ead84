/** Terraform types whose loss loses data or an identity that others hold: a changed address means destroy and create. */
const STATEFUL_TYPES: ReadonlySet<string> = new Set([
  'aws_backup_vault',
  'aws_cloudwatch_log_group',
  'aws_db_instance',
  'aws_docdb_cluster',
  'aws_dynamodb_table',
  'aws_ebs_volume',
  'aws_ecr_repository',
  'aws_efs_file_system',
  'aws_eks_cluster',
  'aws_elasticache_cluster',
  'aws_elasticache_replication_group',
  'aws_fsx_lustre_file_system',
  'aws_fsx_openzfs_file_system',
  'aws_glue_catalog_database',
  'aws_glue_catalog_table',
  'aws_kinesis_stream',
  'aws_kms_key',
  'aws_msk_cluster',
  'aws_neptune_cluster',
  'aws_opensearch_domain',
  'aws_prometheus_workspace',
  'aws_rds_cluster',
  'aws_redshift_cluster',
  'aws_s3_bucket',
  'aws_secretsmanager_secret',
  'aws_sqs_queue',
  'aws_vpc',
  'kubernetes_persistent_volume_claim_v1',
]);

/** True when resources of the Terraform type hold something that cannot be created again. */
export function isStateful(type: string): boolean {
  return STATEFUL_TYPES.has(type);
}
