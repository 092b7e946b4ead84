import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { PlatformError, type Problem } from '../../../core/errors';
import { isApplication, readApplication, type ApplicationSpec } from './application';
import { nameOf, objectKey, parseManifests, type Manifest } from './manifest';

/** Folder of the tree that holds the Application objects; the root application reads it. */
export const ROOT_FOLDER = 'applications';

/** One Application together with the plain manifests of its folders. */
export interface TreeApplication extends ApplicationSpec {
  readonly manifests: readonly Manifest[];
}

/** The GitOps tree of one environment, read and checked. */
export interface GitOpsTree {
  readonly dir: string;
  /** In wave order, then by name: the order in which Argo CD takes them. */
  readonly applications: readonly TreeApplication[];
  /** What else the root application holds, such as AppProject. */
  readonly rootManifests: readonly Manifest[];
  /** Folders that no Application reads. */
  readonly unusedFolders: readonly string[];
}

/**
 * Reads `<synth output>/gitops/<environment>`.
 *
 * Errors (all together): `GitOpsTreeMissing`, `ManifestInvalid`, `ApplicationSourceUnsupported`, `GitOpsFolderMissing`,
 * `DuplicateApplication`, `DuplicateObject`.
 */
export function readTree(dir: string): GitOpsTree {
  const root = join(dir, ROOT_FOLDER);
  if (!isFolder(root)) {
    throw new PlatformError([{
      code: 'GitOpsTreeMissing', message: `no folder ${ROOT_FOLDER} in the GitOps tree`, remedy: 'synthesise the environment first', path: dir,
    }]);
  }
  const reader = new TreeReader(dir);
  const tree = reader.read(root);
  if (reader.problems.length > 0) throw new PlatformError(reader.problems);
  return tree;
}

class TreeReader {
  public readonly problems: Problem[] = [];
  private readonly owners = new Map<string, string>();
  private readonly usedFolders = new Set<string>([ROOT_FOLDER]);

  constructor(private readonly dir: string) {}

  public read(root: string): GitOpsTree {
    const specs: ApplicationSpec[] = [];
    const rootManifests: Manifest[] = [];
    for (const { manifest, file } of this.readFolder(root, true)) {
      this.own(manifest, '', file);
      if (!isApplication(manifest)) rootManifests.push(manifest);
      else specs.push(readApplication(manifest, file, this.problems));
    }
    this.rejectSameNames(specs);
    const applications = specs
      .sort((a, b) => a.wave - b.wave || (a.name < b.name ? -1 : 1))
      .map((spec) => ({ ...spec, manifests: spec.folders.flatMap((folder) => this.readSource(spec, folder.path, folder.recurse)) }));
    const unusedFolders = readdirSync(this.dir).filter((name) => isFolder(join(this.dir, name)) && !this.usedFolders.has(name)).sort();
    return { dir: this.dir, applications, rootManifests, unusedFolders };
  }

  private readSource(spec: ApplicationSpec, path: string, recurse: boolean): readonly Manifest[] {
    const folder = this.findFolder(path);
    if (folder === undefined) {
      this.problems.push({
        code: 'GitOpsFolderMissing', message: `Application ${spec.name} reads ${path}, and the tree has no such folder`,
        allowed: 'a path whose last part is a folder of the tree', path: this.dir,
      });
      return [];
    }
    this.usedFolders.add(folder.split('/')[0] ?? folder);
    return this.readFolder(join(this.dir, folder), recurse).map(({ manifest, file }) => {
      this.own(manifest, spec.namespace, file);
      return manifest;
    });
  }

  /** The longest end of the repository path that is a folder here. */
  private findFolder(path: string): string | undefined {
    const parts = path.split('/').filter((part) => part !== '' && part !== '.');
    if (parts.includes('..')) return undefined;
    const ends = parts.map((_, index) => parts.slice(index).join('/'));
    return ends.find((end) => isFolder(join(this.dir, end)));
  }

  private readFolder(folder: string, recurse: boolean): readonly { manifest: Manifest; file: string }[] {
    return yamlFiles(folder, recurse).flatMap((path) => {
      const file = relative(this.dir, path);
      const { manifests, problems } = parseManifests(readFileSync(path, 'utf8'), file);
      this.problems.push(...problems);
      return manifests.map((manifest) => ({ manifest, file }));
    });
  }

  private own(manifest: Manifest, namespace: string, file: string): void {
    if (manifest.metadata.name === undefined) return;
    const key = objectKey(manifest, manifest.metadata.namespace ?? namespace);
    const other = this.owners.get(key);
    if (other === undefined) this.owners.set(key, file);
    else {
      this.problems.push({
        code: 'DuplicateObject', message: `${manifest.kind} ${nameOf(manifest)} is written in ${other} and again in ${file}`,
        remedy: 'keep one of them: two owners overwrite each other for ever', path: file,
      });
    }
  }

  private rejectSameNames(specs: readonly ApplicationSpec[]): void {
    const names = specs.map((spec) => spec.name);
    for (const name of new Set(names.filter((one, index) => names.indexOf(one) !== index))) {
      this.problems.push({ code: 'DuplicateApplication', message: `Application ${name} is there more than once`, remedy: 'give each its own name', path: ROOT_FOLDER });
    }
  }
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

function yamlFiles(folder: string, recurse: boolean): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return recurse ? yamlFiles(path, true) : [];
      return /\.(ya?ml|json)$/.test(entry.name) ? [path] : [];
    });
}
