import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { EksCluster } from '@cdktf/provider-aws/lib/eks-cluster';
import { Vpc } from '@cdktf/provider-aws/lib/vpc';
import { KubernetesProvider } from '@cdktf/provider-kubernetes/lib/provider';
import { App, Aspects, TerraformOutput } from 'cdktf';
import { addSynthFiles, formatProblem } from '../../src/core';
import { synthAll } from '../../src/testing';
import { AwsLayerStack } from '../../stacks/aws-layer-stack';
import { anEnvironment } from '../support/fixtures';

function aLayer(app: App, layer = 'network', name = 'dev'): AwsLayerStack {
  return new AwsLayerStack(app, { environment: anEnvironment({ name }), layer });
}

function problems(build: (app: App) => void): string[] {
  return synthAll(build, { allowProblems: true }).problems.map((problem) => problem.code);
}

describe('each trap of CDKTF is refused', () => {
  test('two stacks of one id', () => {
    expect(
      problems((app) => {
        aLayer(app, 'network', 'dev');
        const other = aLayer(app, 'other', 'dev');
        new AwsLayerStack(other, { environment: anEnvironment(), layer: 'network' });
      }),
    ).toContain('StackIdDuplicate');
  });

  test('two resources of one logical id', () => {
    expect(
      problems((app) => {
        const stack = aLayer(app);
        new Vpc(stack, 'One', { cidrBlock: '10.0.0.0/16' }).overrideLogicalId('same');
        new Vpc(stack, 'Two', { cidrBlock: '10.1.0.0/16' }).overrideLogicalId('same');
      }),
    ).toEqual(['LogicalIdDuplicate']);
  });

  test('a cluster beside the provider that needs it', () => {
    expect(
      problems((app) => {
        const stack = aLayer(app);
        new EksCluster(stack, 'Cluster', { name: 'x', roleArn: 'arn:aws:iam::111122223333:role/x', vpcConfig: { subnetIds: ['a', 'b'] } });
        new KubernetesProvider(stack, 'kubernetes', {});
      }),
    ).toEqual(['ClusterBesideKubernetesProvider']);
  });

  test('a reference between stacks that was not declared', () => {
    expect(
      problems((app) => {
        const vpc = new Vpc(aLayer(app), 'Vpc', { cidrBlock: '10.0.0.0/16' });
        new TerraformOutput(aLayer(app, 'data'), 'leak', { value: vpc.id });
      }),
    ).toEqual(['CrossStackReferenceUndeclared']);
  });

  test('an aspect that would never run', () => {
    expect(
      problems((app) => {
        aLayer(app);
        Aspects.of(app).add({ visit: () => undefined });
      }),
    ).toEqual(['AspectAboveStack']);
  });

  test('a validation, with its code kept', () => {
    const result = synthAll(
      (app) => aLayer(app).node.addValidation({ validate: () => [formatProblem({ code: 'NothingHappened', message: 'x' })] }),
      { allowProblems: true },
    );
    expect(result.problems).toEqual([{ code: 'NothingHappened', message: 'x', path: 'dev-network' }]);
  });
});

describe('App.synth', () => {
  const outdir = fs.mkdtempSync(path.join(os.tmpdir(), 'guards-'));
  afterAll(() => fs.rmSync(outdir, { recursive: true }));

  function filesBelow(folder: string): string[] {
    return (fs.readdirSync(folder, { recursive: true }) as string[]).filter((file) => fs.statSync(path.join(folder, file)).isFile()).sort();
  }

  test('writes nothing when the last stack is wrong', () => {
    const app = new App({ outdir: path.join(outdir, 'bad') });
    aLayer(app, 'network');
    aLayer(app, 'data').node.addValidation({ validate: () => ['[Wrong] x'] });
    expect(() => app.synth()).toThrow('[Wrong] x (at dev-data)');
    expect(filesBelow(path.join(outdir, 'bad'))).toEqual([]);
  });

  test("writes a stack's own files and removes those of the run before", () => {
    const write = (files: Record<string, string>) => {
      const app = new App({ outdir: path.join(outdir, 'good') });
      addSynthFiles(aLayer(app), () => files);
      app.synth();
    };
    write({ 'gitops/dev/old/a.yaml': 'a' });
    write({ 'gitops/dev/new/b.yaml': 'b' });
    expect(filesBelow(path.join(outdir, 'good'))).toEqual(['gitops/dev/new/b.yaml', 'manifest.json', 'stacks/dev-network/cdk.tf.json']);
  });
});
