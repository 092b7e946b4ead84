import { DataAwsEksCluster } from '@cdktf/provider-aws/lib/data-aws-eks-cluster';
import { HelmProvider } from '@cdktf/provider-helm/lib/provider';
import { KubernetesProvider } from '@cdktf/provider-kubernetes/lib/provider';
import { Fn, TerraformVariable } from 'cdktf';
import type { TerraformStack } from 'cdktf';
import { Environment } from '../src/core';

/** Version of the credential plugin's protocol that `aws eks get-token` speaks. */
const EXEC_API_VERSION = 'client.authentication.k8s.io/v1beta1';

/**
 * The kubernetes and helm providers of a cluster that stands already, found by its name. Both authenticate anew for each run with
 * `aws eks get-token`, so no token is in a plan or a state. An emulated environment has no such token: there both read the
 * administrator's file that the variable `kubeconfig_path` names.
 *
 * The helm provider 3 takes its configuration as objects, the kubernetes provider 2 as blocks: both forms are built here.
 */
export function addClusterProviders(stack: TerraformStack, clusterName: string): void {
  const environment = Environment.of(stack);
  if (environment.awsEndpoint === undefined) addTokenProviders(stack, environment, clusterName);
  else addFileProviders(stack);
  stack.addOverride('terraform.required_providers.kubernetes.source', 'hashicorp/kubernetes');
  stack.addOverride('terraform.required_providers.helm.source', 'hashicorp/helm');
}

function addTokenProviders(stack: TerraformStack, environment: Environment, clusterName: string): void {
  const cluster = new DataAwsEksCluster(stack, 'Cluster', { name: clusterName });
  const connection = {
    host: cluster.endpoint,
    clusterCaCertificate: Fn.base64decode(cluster.certificateAuthority.get(0).data),
  };
  const exec = {
    apiVersion: EXEC_API_VERSION,
    command: 'aws',
    args: ['eks', 'get-token', '--cluster-name', clusterName, '--region', environment.region],
  };
  new KubernetesProvider(stack, 'kubernetes', { ...connection, exec: [exec] });
  new HelmProvider(stack, 'helm', { kubernetes: { ...connection, exec } });
}

function addFileProviders(stack: TerraformStack): void {
  const path = new TerraformVariable(stack, 'kubeconfig_path', { type: 'string', description: "File with the administrator's access to the emulated cluster." });
  new KubernetesProvider(stack, 'kubernetes', { configPath: path.stringValue });
  new HelmProvider(stack, 'helm', { kubernetes: { configPath: path.stringValue } });
}
