import { DataAwsEksCluster } from '@cdktf/provider-aws/lib/data-aws-eks-cluster';
import { DynamodbTable } from '@cdktf/provider-aws/lib/dynamodb-table';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { KmsKey } from '@cdktf/provider-aws/lib/kms-key';
import { LaunchTemplate } from '@cdktf/provider-aws/lib/launch-template';
import { S3Bucket } from '@cdktf/provider-aws/lib/s3-bucket';
import { S3BucketPolicy } from '@cdktf/provider-aws/lib/s3-bucket-policy';
import { SecurityGroup } from '@cdktf/provider-aws/lib/security-group';
import { SecretsmanagerSecretVersion } from '@cdktf/provider-aws/lib/secretsmanager-secret-version';
import { HelmProvider } from '@cdktf/provider-helm/lib/provider';
import { Release } from '@cdktf/provider-helm/lib/release';
import { KubernetesProvider } from '@cdktf/provider-kubernetes/lib/provider';
import { SecretV1 } from '@cdktf/provider-kubernetes/lib/secret-v1';
import { Fn } from 'cdktf';
import { Construct } from 'constructs';
import type { SynthFiles } from '../../src/core';
import { addSynthFiles, policyDocument, serviceTrust } from '../../src/core';
import { planSnapshot, synthAll } from '../../src/testing';
import { AwsLayerStack } from '../../stacks/aws-layer-stack';
import { anEnvironment } from '../support/fixtures';

/** One layer `dev-data` with what `build` puts into it, as text without the stack's own settings. */
function planOf(build: (stack: AwsLayerStack) => void, options = {}): string {
  const result = synthAll((app) => build(new AwsLayerStack(app, { environment: anEnvironment(), layer: 'data' })));
  return planSnapshot(result, options);
}

/** The lines below the heading of one construct. */
function linesOf(plan: string, heading: string): string[] {
  const lines = plan.split('\n');
  const start = lines.findIndex((line) => line.startsWith(heading));
  if (start < 0) throw new Error(`no "${heading}" in:\n${plan}`);
  const end = lines.findIndex((line, index) => index > start && line === '');
  return lines.slice(start, end < 0 ? undefined : end);
}

function files(tree: SynthFiles): string {
  return planOf((stack) => addSynthFiles(stack, () => tree));
}

describe('a plan snapshot of a layer', () => {
  test('names the layer, what it needs, its backend and its provider', () => {
    const result = synthAll((app) => {
      const environment = anEnvironment({ awsEndpoint: 'http://127.0.0.1:5000' });
      const network = new AwsLayerStack(app, { environment, layer: 'network' });
      network.export('vpc_id', new SecurityGroup(network, 'Closed', { ingress: [] }).vpcId, 'the VPC');
      network.export('subnet_ids', ['a', 'b'], 'subnets');
      const data = new AwsLayerStack(app, { environment, layer: 'data' });
      new SecurityGroup(data, 'Database', { vpcId: data.importFrom(network, 'vpc_id'), tags: { subnets: data.importListFrom(network, 'subnet_ids', 2)[1] as string } });
    });
    const plan = (ids: string[]): string => planSnapshot(result, { stacks: ids }).replace(/\d+ services/g, 'N services');
    expect(plan(['dev-*'])).toBe(`# dev-network
backend local: { path: ../../../.ml-platform/state/dev-network.tfstate }
provider hashicorp/aws 5.100.0:
  access_key: emulator
  allowed_account_ids: [111122223333]
  default_tags:
    tags:
      ml-platform:environment: dev
      ml-platform:layer: network
      ml-platform:managed-by: cdktf-ml-platform
      ml-platform:name: mlp
      ml-platform:tier: development
  endpoints: N services at \${var.aws_endpoint}
  max_retries: 1
  region: eu-central-1
  s3_use_path_style: true
  secret_key: (not shown)
  skip_credentials_validation: true
  skip_metadata_api_check: true
variable aws_endpoint: http://127.0.0.1:5000

Closed: aws_security_group
  ingress: []

outputs:
  subnet_ids: [a, b]
  vpc_id: → Closed.vpc_id

# dev-data (after dev-network)
${linesOf(plan(['dev-network']), 'backend').slice(1).join('\n').replace('layer: network', 'layer: data').replace(/^/, 'backend local: { path: ../../../.ml-platform/state/dev-data.tfstate }\n')}

Database: aws_security_group
  tags: { subnets: → network.subnet_ids[1] }
  vpc_id: → network.vpc_id
`);
  });

  test('is the same whatever the order of the program', () => {
    const parts: ((stack: AwsLayerStack) => void)[] = [
      (stack) => { new KmsKey(stack, 'Key', { enableKeyRotation: true, deletionWindowInDays: 7 }); },
      (stack) => { new S3Bucket(stack, 'Artifacts', { bucket: 'artifacts', tags: { b: '1', a: '2' } }); },
    ];
    expect(planOf((stack) => parts.forEach((part) => part(stack)))).toBe(planOf((stack) => [...parts].reverse().forEach((part) => part(stack))));
  });

  test('holds no logical id and no token', () => {
    const plan = planOf((stack) => {
      const key = new KmsKey(new Construct(stack, 'Registry'), 'Key');
      new S3Bucket(stack, 'Artifacts', { bucket: `artifacts-${key.keyId}`, dependsOn: [key], tags: { list: Fn.join(',', [key.arn, key.keyId]) } });
    });
    expect(plan).not.toMatch(/_[0-9A-F]{8}\b|TfToken|\$\{aws_/);
    expect(linesOf(plan, 'Artifacts')).toEqual([
      'Artifacts: aws_s3_bucket [stateful]',
      '  bucket: artifacts-${Registry/Key.key_id}',
      '  tags: { list: → join(",", [Registry/Key.arn, Registry/Key.key_id]) }',
      '  after: [Registry/Key]',
    ]);
  });
});

describe('a resource in a plan snapshot', () => {
  test('leaves nothing out that is set, but descriptions, the tag Name and secrets', () => {
    const plan = planOf((stack) => {
      new KmsKey(stack, 'Key', { description: 'words', enableKeyRotation: true, isEnabled: false, tags: { Name: 'key' } });
      new SecretsmanagerSecretVersion(stack, 'Secret', { secretId: 'name', secretString: 'hunter2' });
    });
    expect(linesOf(plan, 'Key')).toEqual(['Key: aws_kms_key [stateful]', '  enable_key_rotation: true', '  is_enabled: false']);
    expect(linesOf(plan, 'Secret')).toEqual(['Secret: aws_secretsmanager_secret_version', '  secret_id: name', '  secret_string: (not shown)']);
  });

  test('shows descriptions and tags when asked, and leaves other properties out', () => {
    const plan = planOf((stack) => { new KmsKey(stack, 'Key', { description: 'words', isEnabled: false, tags: { Name: 'key' } }); }, { leaveOut: ['is_enabled'] });
    expect(linesOf(plan, 'Key')).toEqual(['Key: aws_kms_key [stateful]', '  description: words', '  tags: { Name: key }']);
  });

  test('shows blocks as objects, lists of blocks as lists, and lifecycle', () => {
    const plan = planOf((stack) => {
      new DynamodbTable(stack, 'Table', {
        name: 'features',
        hashKey: 'entity_id',
        attribute: [{ name: 'entity_id', type: 'S' }, { name: 'other', type: 'S' }],
        pointInTimeRecovery: { enabled: true },
        lifecycle: { preventDestroy: true, ignoreChanges: ['read_capacity'] },
      });
    });
    expect(linesOf(plan, 'Table')).toEqual([
      'Table: aws_dynamodb_table [stateful] [protected]',
      '  attribute:',
      '    - { name: entity_id, type: S }',
      '    - { name: other, type: S }',
      '  hash_key: entity_id',
      '  name: features',
      '  point_in_time_recovery: { enabled: true }',
      '  lifecycle ignore_changes: [read_capacity]',
    ]);
  });

  test('writes each statement of a policy as one sentence', () => {
    const plan = planOf((stack) => {
      const bucket = new S3Bucket(stack, 'Artifacts', { bucket: 'artifacts' });
      new IamRole(stack, 'Role', { assumeRolePolicy: serviceTrust('pods.eks.amazonaws.com') });
      new S3BucketPolicy(stack, 'Policy', {
        bucket: bucket.id,
        policy: policyDocument([
          { effect: 'Deny', principals: '*', actions: ['s3:*'], resources: [bucket.arn, `${bucket.arn}/*`], conditions: { Bool: { 'aws:SecureTransport': 'false' } } },
          { actions: ['s3:GetObject', 's3:PutObject'], principals: { AWS: ['arn:aws:iam::111122223333:role/a'] }, resources: [`${bucket.arn}/home/\${aws:username}/*`] },
        ]),
      });
    });
    expect(linesOf(plan, 'Role')).toEqual(['Role: aws_iam_role', '  assume_role_policy:', '    Allow sts:AssumeRole for Service pods.eks.amazonaws.com']);
    expect(linesOf(plan, 'Policy')).toEqual([
      'Policy: aws_s3_bucket_policy',
      '  bucket: → Artifacts.id',
      '  policy:',
      '    Deny s3:* on ${Artifacts.arn}, ${Artifacts.arn}/* for anyone if aws:SecureTransport Bool false',
      '    Allow s3:GetObject, s3:PutObject on ${Artifacts.arn}/home/${aws:username}/* for AWS arn:aws:iam::111122223333:role/a',
    ]);
  });

  test('decodes user data, and shows a change in a text that is too long to be shown', () => {
    const userData = (script: string): string[] =>
      linesOf(planOf((stack) => { new LaunchTemplate(stack, 'Nodes', { userData: Buffer.from(script).toString('base64') }); }), 'Nodes');
    const long = Array.from({ length: 40 }, (_, line) => `echo ${line}`).join('\n');
    expect(userData('#!/bin/sh\nset -e\n')).toEqual(['Nodes: aws_launch_template', '  user_data:', '    | #!/bin/sh', '    | set -e']);
    expect(userData(long).slice(1, 4)).toEqual([expect.stringMatching(/user_data: 40 lines, digest [0-9a-f]{8}$/), '    | echo 0', '    | echo 1']);
    expect(userData(long)).not.toEqual(userData(long.replace('echo 39', 'echo 40')));
  });

  test('shows the values of a chart as a tree, and of a Kubernetes secret the keys alone', () => {
    const plan = planOf((stack) => {
      new HelmProvider(stack, 'helm');
      new KubernetesProvider(stack, 'kubernetes');
      new Release(stack, 'Chart', { name: 'argocd', chart: 'argo-cd', values: ['server:\n  replicas: 2\n  host: example.com\nglobal:\n  domain: example.com\n'] });
      new SecretV1(stack, 'Facts', { metadata: { name: 'facts' }, data: { b: 'hunter2', a: 'hunter2' } });
    });
    expect(linesOf(plan, 'Chart').slice(3)).toEqual(['  values: { global: { domain: example.com }, server: { host: example.com, replicas: 2 } }']);
    expect(linesOf(plan, 'Facts')).toEqual(['Facts: kubernetes_secret_v1', '  data: [a, b]', '  metadata: { name: facts }']);
  });

  test('marks no data source as stateful', () => {
    const plan = planOf((stack) => { new DataAwsEksCluster(stack, 'Cluster', { name: 'mlp' }); });
    expect(linesOf(plan, 'Cluster')).toEqual(['Cluster: data aws_eks_cluster', '  name: mlp']);
  });

  test('that is stateful cannot change its address unseen', () => {
    const addresses = (build: (stack: AwsLayerStack) => void): string => planOf(build);
    const original = addresses((stack) => { new S3Bucket(new Construct(stack, 'Artifacts'), 'Resource', { bucket: 'b' }); });
    const variants = [
      addresses((stack) => { new S3Bucket(stack, 'Artifacts', { bucket: 'b' }); }),
      addresses((stack) => { new S3Bucket(new Construct(stack, 'Models'), 'Resource', { bucket: 'b' }); }),
      addresses((stack) => { new S3Bucket(new Construct(new Construct(stack, 'Data'), 'Artifacts'), 'Resource', { bucket: 'b' }); }),
      addresses((stack) => { new S3Bucket(new Construct(stack, 'Artifacts'), 'Resource', { bucket: 'b' }).overrideLogicalId('fixed'); }),
    ];
    expect(original).toContain('\nArtifacts/Resource: aws_s3_bucket [stateful]\n');
    expect(new Set([original, ...variants]).size).toBe(5);
    expect(variants[3]).toContain('address: aws_s3_bucket.fixed');
  });

  test('is chosen by its type', () => {
    const build = (stack: AwsLayerStack): void => {
      new KmsKey(stack, 'Key');
      new IamRole(stack, 'Role', { assumeRolePolicy: serviceTrust('ec2.amazonaws.com') });
    };
    expect(planOf(build, { include: ['aws_iam_*'] })).toMatch(/^Role: /m);
    expect(planOf(build, { include: ['aws_iam_*'] })).not.toMatch(/^Key: /m);
    expect(planOf(build, { exclude: ['aws_iam_role'] })).not.toMatch(/^Role: /m);
  });
});

describe('a GitOps tree in a plan snapshot', () => {
  const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: { name: mlflow, namespace: mlops, labels: { app.kubernetes.io/name: mlflow }, annotations: { argocd.argoproj.io/sync-wave: "3" } }
spec:
  replicas: 2
  selector: { matchLabels: { app: mlflow } }
  template:
    metadata: { labels: { app: mlflow } }
    spec:
      serviceAccountName: mlflow
      containers:
        - name: server
          image: registry.example.com/mlflow:3.1
          env:
            - { name: PORT, value: "5000" }
            - { name: DB_PASSWORD, valueFrom: { secretKeyRef: { name: mlflow-db, key: password } } }
            - { name: API_TOKEN, value: hunter2 }
          ports: [{ name: http, containerPort: 5000 }]
          resources: { requests: { cpu: 500m, memory: 1Gi }, limits: { memory: 1Gi } }
          volumeMounts: [{ name: tmp, mountPath: /tmp }]
      volumes: [{ name: tmp, emptyDir: {} }]
---
apiVersion: v1
kind: Secret
metadata: { name: plain, namespace: mlops }
stringData: { password: hunter2 }
`;

  test('shows a workload as a reviewer reads it', () => {
    const plan = files({ 'gitops/dev/mlflow/mlflow.yaml': deployment });
    expect(plan).toContain('\n## gitops/dev/mlflow\n');
    expect(linesOf(plan, 'Deployment')).toEqual([
      'Deployment mlops/mlflow [wave 3]',
      '  pod:',
      '    container server:',
      '      env: { API_TOKEN: (not shown), DB_PASSWORD: from secret mlflow-db/password, PORT: 5000 }',
      '      image: registry.example.com/mlflow:3.1',
      '      ports: [http 5000]',
      '      resources: { limits: { memory: 1Gi }, requests: { cpu: 500m, memory: 1Gi } }',
      '      volumeMounts: { /tmp: tmp }',
      '    serviceAccountName: mlflow',
      '    volumes:',
      '      - { emptyDir: {}, name: tmp }',
      '  replicas: 2',
    ]);
  });

  test('never shows the value of a secret', () => {
    const plan = files({ 'gitops/dev/mlflow/mlflow.yaml': deployment });
    expect(plan).not.toContain('hunter2');
    expect(linesOf(plan, 'Secret')).toEqual(['Secret mlops/plain', '  keys: [password]']);
  });

  test('shows chart, version and values of an application, and files that are no manifests not at all', () => {
    const plan = files({
      'gitops/dev/applications/argo.yaml': JSON.stringify({
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'Application',
        metadata: { name: 'prometheus', namespace: 'argocd' },
        spec: {
          destination: { server: 'https://kubernetes.default.svc', namespace: 'monitoring' },
          source: { repoURL: 'https://charts.example.com', chart: 'kube-prometheus-stack', targetRevision: '88.5.3', helm: { values: 'grafana:\n  enabled: false\n' } },
        },
      }),
      'platforms/dev/platform.json': '{}',
    });
    expect(linesOf(plan, 'Application')).toEqual([
      'Application argocd/prometheus',
      '  chart: kube-prometheus-stack 88.5.3 from https://charts.example.com',
      '  destination: monitoring',
      '  values: { grafana: { enabled: false } }',
    ]);
    expect(plan).not.toContain('platform.json');
  });

  test('orders objects by kind and name, and can be left out', () => {
    const object = (kind: string, name: string): string => JSON.stringify({ apiVersion: 'v1', kind, metadata: { name } });
    const tree = { 'gitops/dev/a/1.yaml': `${object('Service', 'b')}\n---\n${object('ConfigMap', 'z')}`, 'gitops/dev/a/2.yaml': object('Service', 'a') };
    expect(files(tree).split('\n').filter((line) => /^(Service|ConfigMap)/.test(line))).toEqual(['ConfigMap z', 'Service a', 'Service b']);
    expect(planOf((stack) => addSynthFiles(stack, () => tree), { manifests: false })).not.toContain('Service');
  });
});
