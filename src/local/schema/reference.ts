import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { fail } from '../../core/errors';

/** Environment variable that names the folder of reference schemas. */
export const SCHEMA_DIR_VARIABLE = 'PLATFORM_SCHEMA_DIR';

/**
 * A folder of reference schemas: `terraform/*.schema.json`, `openapi/kubernetes-{swagger,gvk}-<version>.json`,
 * `crds/index.json` with its files, `charts/index.json` with `charts/<chart>/`. Each file is read at most once.
 */
export class SchemaReference {
  /**
   * The folder named by `PLATFORM_SCHEMA_DIR`; undefined where the variable is not set, so that callers say what they skip.
   * @throws SchemaFolderMissing the variable names no folder.
   */
  public static fromEnvironment(environment: Readonly<Record<string, string | undefined>> = process.env): SchemaReference | undefined {
    const folder = environment[SCHEMA_DIR_VARIABLE];
    return folder === undefined || folder === '' ? undefined : new SchemaReference(folder);
  }

  private readonly parsed = new Map<string, unknown>();
  private readonly derived = new Map<string, unknown>();

  /** @throws SchemaFolderMissing */
  constructor(
    /** The folder. */
    public readonly folder: string,
  ) {
    if (!existsSync(folder) || !statSync(folder).isDirectory()) {
      fail({ code: 'SchemaFolderMissing', message: `no folder ${folder}`, allowed: 'a folder of reference schemas', remedy: `correct or unset ${SCHEMA_DIR_VARIABLE}` });
    }
  }

  /** True if the file is there. */
  public has(file: string): boolean {
    return existsSync(join(this.folder, file));
  }

  /** Content of a JSON or YAML file; undefined if it is not there. */
  public read(file: string): unknown {
    if (!this.parsed.has(file)) {
      const text = this.has(file) ? readFileSync(join(this.folder, file), 'utf8') : undefined;
      this.parsed.set(file, text === undefined ? undefined : parseText(text));
    }
    return this.parsed.get(file);
  }

  /** Something costly made from these files, such as a compiled validator; made once. */
  public remember<T>(key: string, make: () => T): T {
    if (!this.derived.has(key)) this.derived.set(key, make());
    return this.derived.get(key) as T;
  }
}

/** JSON is told by its first character, because parsing it as YAML takes many times longer. */
function parseText(text: string): unknown {
  return /^\s*[[{]/.test(text) ? JSON.parse(text) : parse(text, { maxAliasCount: -1 });
}
