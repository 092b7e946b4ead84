import { DataTerraformRemoteStateLocal, DataTerraformRemoteStateS3, Fn, LocalBackend, S3Backend, TerraformOutput, TerraformStack } from 'cdktf';
import type { TerraformRemoteState } from 'cdktf';
import type { Construct } from 'constructs';
import type { Environment } from '../src/core';
import { fail, guardSynth } from '../src/core';

/** A layer of the platform, in the order of dependence. */
export type Layer = 'network' | 'cluster' | 'data' | 'gitops';

/** Props of a layer. */
export interface LayerStackProps {
  /** The environment that the layer belongs to. */
  readonly environment: Environment;
  /** Name of the layer, part of the stack id and of the state's key. */
  readonly layer: string;
}

/**
 * One Terraform stack with its own state, `<environment>-<layer>`. Values cross its border only as declared outputs with
 * stable names; everything else that layers share is a fact.
 */
export class LayerStack extends TerraformStack {
  /** The environment of the layer. */
  public readonly environment: Environment;
  /** Name of the layer. */
  public readonly layer: string;
  private readonly exported = new Set<string>();
  private readonly states = new Map<string, TerraformRemoteState>();

  constructor(scope: Construct, props: LayerStackProps) {
    super(scope, `${props.environment.name}-${props.layer}`);
    this.environment = props.environment;
    this.layer = props.layer;
    this.environment.bindTo(this);
    this.addBackend();
    guardSynth(this);
  }

  /** Declares an output that other layers may read. The name is contract. */
  public export(name: string, value: string | readonly string[], description: string): void {
    if (this.exported.has(name)) {
      fail({ code: 'OutputDuplicate', message: `output "${name}" is declared twice`, remedy: 'choose another name', path: this.node.path });
    }
    this.exported.add(name);
    const output = new TerraformOutput(this, name, { value, description, staticId: true });
    output.overrideLogicalId(name);
  }

  /** Reads a declared output of another layer of the same environment. @throws OutputUnknown */
  public importFrom(other: LayerStack, name: string): string {
    return this.stateOf(other, name).getString(name);
  }

  /** Reads a declared list output of a known length. @throws OutputUnknown */
  public importListFrom(other: LayerStack, name: string, length: number): string[] {
    const list = this.stateOf(other, name).get(name);
    return Array.from({ length }, (_, index) => Fn.element(list, index) as string);
  }

  private stateOf(other: LayerStack, name: string): TerraformRemoteState {
    if (!other.exported.has(name)) {
      fail({ code: 'OutputUnknown', message: `layer "${other.layer}" has no output "${name}"`, allowed: [...other.exported].sort().join(', ') || 'none', path: this.node.path });
    }
    this.addDependency(other);
    const known = this.states.get(other.layer);
    if (known) return known;
    const s3 = other.s3State();
    const id = `${other.layer}-state`;
    const state = s3
      ? new DataTerraformRemoteStateS3(this, id, s3)
      : new DataTerraformRemoteStateLocal(this, id, { path: other.statePath() });
    state.overrideLogicalId(other.layer);
    this.states.set(other.layer, state);
    return state;
  }

  private addBackend(): void {
    const s3 = this.s3State();
    if (s3) new S3Backend(this, s3).addOverride('use_lockfile', true);
    else new LocalBackend(this, { path: this.statePath() });
  }

  /** Relative to the stack's folder in the synth output, so that it is the same on every machine. */
  private statePath(): string {
    return `../../../.ml-platform/state/${this.node.id}.tfstate`;
  }

  private s3State(): { bucket: string; key: string; region: string; encrypt: boolean; kmsKeyId?: string } | undefined {
    const location = this.environment.stateBackend.s3Location;
    if (!location) return undefined;
    return {
      bucket: location.bucket,
      key: `${this.environment.platformName}/${this.environment.name}/${this.layer}.tfstate`,
      region: location.region ?? this.environment.region,
      encrypt: true,
      ...(location.kmsKeyArn === undefined ? {} : { kmsKeyId: location.kmsKeyArn }),
    };
  }
}
