import { parse } from 'yaml';
import type { SynthResource, SynthResult, SynthStack } from '../testing/synth-all';
import { inOrder, manifestLines } from './manifest-text';
import { PropertiesText } from './properties-text';
import { pathInStack, References } from './references';
import { isStateful } from './stateful-types';

/** What a plan snapshot shows. */
export interface PlanSnapshotOptions {
  /** Ids of the stacks, `*` stands for any text, e.g. `prod-*`. @default - every stack */
  readonly stacks?: readonly string[];
  /** Terraform types that are shown, with `*`, e.g. `aws_iam_*`. @default - every type */
  readonly include?: readonly string[];
  /** Terraform types that are left out, with `*`. @default - none */
  readonly exclude?: readonly string[];
  /** Names of properties that are left out wherever they stand. @default - `description` and the tag `Name` */
  readonly leaveOut?: readonly string[];
  /** Whether the manifests of the GitOps tree are shown. @default true */
  readonly manifests?: boolean;
}

const META_ARGUMENTS = ['lifecycle', 'depends_on', 'provider', 'tags_all'];

type Fields = Readonly<Record<string, unknown>>;

function matcher(patterns: readonly string[]): (text: string) => boolean {
  const expressions = patterns.map((pattern) => new RegExp(`^${pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`));
  return (text) => expressions.some((expression) => expression.test(text));
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

/** One stack as text. */
class StackText {
  private readonly references: References;
  private readonly properties: PropertiesText;
  private readonly leftOut: ReadonlySet<string>;

  constructor(private readonly stack: SynthStack, private readonly options: PlanSnapshotOptions) {
    this.references = new References(stack);
    this.leftOut = new Set([...(options.leaveOut ?? ['description', 'Name'])]);
    this.properties = new PropertiesText({ readable: (text) => this.references.readable(text), leftOut: this.leftOut, unwrapBlocks: true });
  }

  public lines(): string[] {
    const after = this.stack.dependencies.length === 0 ? '' : ` (after ${this.stack.dependencies.join(', ')})`;
    return [
      `# ${this.stack.id}${after}`,
      ...this.settings(),
      ...this.blocks().flatMap((block) => ['', ...block]),
      ...this.section('outputs', this.outputs()),
      ...this.moves(),
      ...(this.options.manifests === false ? [] : this.manifests()),
    ];
  }

  private settings(): string[] {
    const terraform = this.block('terraform');
    const versions = fields(terraform.required_providers);
    const backend = Object.entries(fields(terraform.backend)).flatMap(([type, config]) => this.properties.property(`backend ${type}`, config));
    const providers = Object.entries(this.block('provider')).flatMap(([name, configs]) => {
      const required = fields(versions[name]);
      const title = ['provider', String(required.source ?? name), required.version].filter(Boolean).join(' ');
      return [configs].flat().flatMap((config) => this.properties.property(title, sameValuesOnce(fields(config))));
    });
    const variables = Object.entries(this.block('variable')).flatMap(([name, config]) => this.properties.property(`variable ${name}`, fields(config).default ?? '(no default)'));
    return [...backend, ...providers, ...variables];
  }

  private blocks(): string[][] {
    const shown = matcher(this.options.include ?? ['*']);
    const hidden = matcher(this.options.exclude ?? []);
    return [
      ...this.stack.dataSources().filter((source) => source.type !== 'terraform_remote_state').map((source) => ({ ...source, kind: 'data ' })),
      ...this.stack.resources().map((resource) => ({ ...resource, kind: '' })),
    ]
      .filter(({ type }) => shown(type) && !hidden(type))
      .sort((a, b) => (a.path === b.path ? 0 : a.path < b.path ? -1 : 1))
      .map((block) => [`${pathInStack(this.stack.id, block.path)}: ${block.kind}${block.type}${block.kind === '' ? marks(block) : ''}`, ...indent(this.body(block))]);
  }

  /** An overridden logical id; the usual ones are the construct path with a digest of it. */
  private address({ type, name, path }: SynthResource): string[] {
    return /_[0-9A-F]{8}$/.test(name) || name === pathInStack(this.stack.id, path) ? [] : [`address: ${type}.${name}`];
  }

  private body(block: SynthResource): string[] {
    const config = readableConfig(block);
    const lifecycle = Object.entries(fields(config.lifecycle)).filter(([key, value]) => key !== 'prevent_destroy' && value !== undefined && value !== false);
    const dependsOn = [config.depends_on ?? []].flat().map((address) => this.references.addressed(String(address)));
    return [
      ...this.address(block),
      ...this.properties.lines(Object.fromEntries(Object.entries(config).filter(([key, value]) => !META_ARGUMENTS.includes(key) && !this.onlyLeftOut(key, value)))),
      ...(config.provider === undefined ? [] : [`provider: ${String(config.provider)}`]),
      ...lifecycle.flatMap(([key, value]) => this.properties.property(`lifecycle ${key}`, value)),
      ...(dependsOn.length === 0 ? [] : this.properties.property('after', dependsOn)),
    ];
  }

  private onlyLeftOut(key: string, value: unknown): boolean {
    return key === 'tags' && Object.keys(fields(value)).every((tag) => this.leftOut.has(tag));
  }

  private outputs(): string[] {
    return Object.entries(this.block('output'))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([name, config]) => this.properties.property(name, fields(config).sensitive === true ? '(sensitive)' : fields(config).value));
  }

  private moves(): string[] {
    return [this.stack.json.moved ?? []].flat().map((move) => `moved: ${String(fields(move).from)} → ${this.references.addressed(String(fields(move).to))}`);
  }

  /** The files of one folder below one heading, which is one Argo CD application. */
  private manifests(): string[] {
    const folders = new Map<string, string[][]>();
    for (const [file, yaml] of Object.entries(this.stack.files)) {
      if (!/\.ya?ml$/.test(file)) continue;
      const folder = file.slice(0, file.lastIndexOf('/'));
      folders.set(folder, [...(folders.get(folder) ?? []), ...manifestLines(yaml)]);
    }
    return [...folders.keys()].sort().flatMap((folder) => ['', `## ${folder}`, ...inOrder(folders.get(folder) ?? []).flatMap((object) => ['', ...object])]);
  }

  private section(title: string, lines: readonly string[]): string[] {
    return lines.length === 0 ? [] : ['', `${title}:`, ...indent(lines)];
  }

  private block(name: string): Fields {
    return fields(this.stack.json[name]);
  }
}

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function marks({ type, config }: SynthResource): string {
  return `${isStateful(type) ? ' [stateful]' : ''}${fields(config.lifecycle).prevent_destroy === true ? ' [protected]' : ''}`;
}

/** Helm's values as a tree instead of a text; of a secret only the keys. */
function readableConfig({ type, config }: SynthResource): Fields {
  if (type === 'helm_release' && Array.isArray(config.values)) return { ...config, values: config.values.map((text: unknown): unknown => parse(String(text))) };
  if (!type.startsWith('kubernetes_secret')) return config;
  return Object.fromEntries(Object.entries(config).map(([name, value]) => [name, /^(binary_)?data$/.test(name) ? Object.keys(fields(value)).sort() : value]));
}

/** The endpoints of an emulator are one value under twenty names. */
function sameValuesOnce(config: Fields): Fields {
  const endpoints = Object.values(fields([config.endpoints].flat()[0]));
  if (endpoints.length < 2 || new Set(endpoints).size > 1) return config;
  return { ...config, endpoints: `${endpoints.length} services at ${String(endpoints[0])}` };
}

/**
 * A plan of the whole program as stable, readable text: per stack what it needs, every resource by construct path with the
 * properties that are set, policies as sentences, references by path, outputs, and the manifests of the GitOps tree per
 * application. It holds no logical id and no token, so it changes only when what is built changes. Keep it as a jest snapshot
 * and review it in pull requests: a resource marked `[stateful]` that leaves one path and enters another is destroyed and
 * created again.
 *
 * ```ts
 * expect(planSnapshot(synthAll(build), { stacks: ['prod-*'] })).toMatchSnapshot();
 * ```
 */
export function planSnapshot(result: SynthResult, options: PlanSnapshotOptions = {}): string {
  const shown = matcher(options.stacks ?? ['*']);
  const stacks = result.stacks.filter((stack) => shown(stack.id));
  return `${stacks.map((stack) => new StackText(stack, options).lines().join('\n')).join('\n\n')}\n`;
}
