import type { Construct } from 'constructs';
import type { EnvironmentProps } from '../../src/core';
import { Environment, Tier } from '../../src/core';
import type { SynthStack } from '../../src/testing';
import { synthAll } from '../../src/testing';
import { AwsLayerStack } from '../../stacks/aws-layer-stack';

/** An environment of the given tier with plain values. */
export function anEnvironment(overrides: Partial<EnvironmentProps> = {}): Environment {
  return new Environment({
    name: 'dev',
    tier: Tier.DEVELOPMENT,
    account: '111122223333',
    region: 'eu-central-1',
    zones: ['eu-central-1a', 'eu-central-1b', 'eu-central-1c'],
    adminPrincipals: ['arn:aws:iam::111122223333:role/platform-admin'],
    gitOps: { url: 'https://git.example.com/platform.git' },
    ...overrides,
  });
}

/** Synthesises one AWS layer with what `build` puts into it. */
export function synthLayer(build: (stack: Construct) => void, overrides: Partial<EnvironmentProps> = {}): SynthStack {
  const result = synthAll((app) => build(new AwsLayerStack(app, { environment: anEnvironment(overrides), layer: 'test' })));
  return result.stack(`${overrides.name ?? 'dev'}-test`);
}

/** The code of the error that `build` throws when it is constructed or synthesised; all codes of the object. */
export function errorCodes(build: (stack: Construct) => void, overrides: Partial<EnvironmentProps> = {}): string[] {
  try {
    synthLayer(build, overrides);
  } catch (error) {
    return ((error as { problems?: { code: string }[] }).problems ?? []).map((problem) => problem.code);
  }
  return [];
}
