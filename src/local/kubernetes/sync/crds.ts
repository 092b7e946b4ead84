import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { at, isRecord, listAt, parseManifests, textAt, type Manifest } from './manifest';

/** Folder of CustomResourceDefinition files, `<dir>/<group>/*.yaml|json`, read group by group as they are needed. */
export class CrdShelf {
  private readonly groups = new Map<string, readonly Manifest[]>();

  /** @param dir without it the shelf is empty */
  constructor(private readonly dir?: string) {}

  /** The definition of a kind, if the shelf has it. */
  public find(group: string, kind: string): Manifest | undefined {
    let definitions = this.groups.get(group);
    if (definitions === undefined) {
      definitions = this.readGroup(group);
      this.groups.set(group, definitions);
    }
    return definitions.find((definition) => textAt(definition, 'spec', 'names', 'kind') === kind);
  }

  private readGroup(group: string): readonly Manifest[] {
    const folder = join(this.dir ?? '', group);
    if (this.dir === undefined || group === '' || !existsSync(folder)) return [];
    return readdirSync(folder)
      .filter((name) => /\.(ya?ml|json)$/.test(name))
      .sort()
      .flatMap((name) => parseManifests(readFileSync(join(folder, name), 'utf8'), name).manifests)
      .filter(isCrd);
  }
}

/** True for a CustomResourceDefinition. */
export function isCrd(manifest: Manifest): boolean {
  return manifest.kind === 'CustomResourceDefinition' && manifest.apiVersion.startsWith('apiextensions.k8s.io/');
}

/** `group/kind` that a CustomResourceDefinition defines. */
export function definedKindOf(definition: Manifest): string {
  return `${textAt(definition, 'spec', 'group') ?? ''}/${textAt(definition, 'spec', 'names', 'kind') ?? ''}`;
}

/** A copy that converts nothing: the webhook's server is simulated and would never answer. */
export function withoutConversionWebhook(definition: Manifest): Manifest {
  const spec = definition.spec;
  if (!isRecord(spec) || textAt(spec, 'conversion', 'strategy') !== 'Webhook') return definition;
  return { ...definition, spec: { ...spec, conversion: { strategy: 'None' } } };
}

/** True when the API serves the definition; a refused name is given as text. */
export function establishedOf(definition: Manifest | undefined): boolean | string {
  const conditions = listAt(definition, 'status', 'conditions');
  const condition = (type: string): unknown => conditions.find((entry) => at(entry, 'type') === type);
  if (at(condition('NamesAccepted'), 'status') === 'False') return textAt(condition('NamesAccepted'), 'message') ?? 'its names are taken';
  return at(condition('Established'), 'status') === 'True';
}
