import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { App } from 'cdktf';
import type { TerraformStack } from 'cdktf';
import type { Problem, SynthFiles } from '../core';
import { findSynthProblems, PlatformError, stacksOf, synthFilesOf } from '../core';

/** A resource as it was synthesised. */
export interface SynthResource {
  /** Terraform type, e.g. `aws_vpc`. */
  readonly type: string;
  /** Logical id. */
  readonly name: string;
  /** Path of the construct. */
  readonly path: string;
  /** Arguments, as Terraform reads them. */
  readonly config: { readonly [key: string]: unknown };
}

/** The message of an annotation. */
export interface SynthAnnotation {
  /** `@cdktf/info`, `@cdktf/warn` or `@cdktf/error`. */
  readonly level: string;
  readonly message: string;
  readonly path: string;
}

/** One stack as it was synthesised. */
export class SynthStack {
  constructor(
    /** Id of the stack. */
    public readonly id: string,
    /** The whole `cdk.tf.json`. */
    public readonly json: { readonly [key: string]: unknown },
    /** Ids of the stacks it depends on. */
    public readonly dependencies: readonly string[],
    /** Files it writes beside the JSON. */
    public readonly files: SynthFiles,
  ) {}

  /** All resources, or those of one type, ordered by construct path. */
  public resources(type?: string): SynthResource[] {
    return this.blocks('resource', type);
  }

  /** All data sources, or those of one type. */
  public dataSources(type?: string): SynthResource[] {
    return this.blocks('data', type);
  }

  /** The only resource of the type, or the one whose construct path contains the text. @throws Error if there is none or more than one. */
  public resource(type: string, pathContains = ''): SynthResource {
    const found = this.resources(type).filter((resource) => resource.path.includes(pathContains));
    if (found.length !== 1) {
      throw new Error(`expected one ${type} with "${pathContains}" in its path, found ${found.length}: ${this.resources(type).map((r) => r.path).join(', ')}`);
    }
    return found[0] as SynthResource;
  }

  private blocks(kind: 'resource' | 'data', type?: string): SynthResource[] {
    const types = (this.json[kind] ?? {}) as Record<string, Record<string, Record<string, unknown>>>;
    return Object.entries(types)
      .filter(([name]) => type === undefined || name === type)
      .flatMap(([resourceType, instances]) =>
        Object.entries(instances).map(([name, { '//': meta, ...config }]) => ({
          type: resourceType,
          name,
          path: (meta as { metadata?: { path?: string } } | undefined)?.metadata?.path ?? name,
          config,
        })),
      )
      .sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  }
}

/** A whole program as it was synthesised. */
export interface SynthResult {
  /** Stacks in the order of the program. */
  readonly stacks: readonly SynthStack[];
  /** The stack of the given id. @throws Error if there is none. */
  stack(id: string): SynthStack;
  /** Everything that synth would refuse. */
  readonly problems: readonly Problem[];
  /** Infos, warnings and errors that constructs left. */
  readonly annotations: readonly SynthAnnotation[];
  /** All files of all stacks, path below the output → text. */
  readonly files: SynthFiles;
}

function annotationsOf(app: App): SynthAnnotation[] {
  return app.node.findAll().flatMap((node) =>
    node.node.metadata
      .filter((entry) => entry.type.startsWith('@cdktf/'))
      .map((entry) => ({ level: entry.type, message: String(entry.data), path: node.node.path })),
  );
}

function synthStack(stack: TerraformStack): SynthStack {
  return new SynthStack(stack.node.id, stack.toTerraform() as { [key: string]: unknown }, stack.dependencies.map((other) => other.node.id), synthFilesOf(stack));
}

/**
 * Synthesises a whole program in memory: every stack is prepared before any is rendered, so references between stacks are
 * right, and validations and annotations are reported, which `Testing.synth` of CDKTF does not do.
 *
 * ```ts
 * const result = synthAll((app) => new MlPlatform(app, 'Dev', { environment }));
 * expect(result.stack('dev-network').resource('aws_vpc').config).toMatchObject({ cidr_block: '10.0.0.0/16' });
 * ```
 *
 * @param build builds the program in the given app.
 * @throws PlatformError with every problem of the program, unless `allowProblems`.
 */
export function synthAll(build: (app: App) => void, options: { readonly allowProblems?: boolean } = {}): SynthResult {
  const outdir = fs.mkdtempSync(path.join(os.tmpdir(), 'ml-platform-synth-'));
  try {
    const app = new App({ outdir, stackTraces: false });
    build(app);
    const stacks = stacksOf(app);
    stacks.forEach((stack) => stack.prepareStack());
    const problems = findSynthProblems(app);
    if (problems.length > 0 && !options.allowProblems) throw new PlatformError(problems);
    const rendered = stacks.map(synthStack);
    return {
      stacks: rendered,
      stack(id) {
        const found = rendered.find((stack) => stack.id === id);
        if (!found) throw new Error(`no stack "${id}", there are: ${rendered.map((stack) => stack.id).join(', ')}`);
        return found;
      },
      problems,
      annotations: annotationsOf(app),
      files: Object.assign({}, ...rendered.map((stack) => stack.files)) as SynthFiles,
    };
  } finally {
    fs.rmSync(outdir, { recursive: true, force: true });
  }
}
