import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

/** Folders of provider mirrors, divided like PATH; they come before the usual places. */
export const MIRROR_VARIABLE = 'ML_PLATFORM_PROVIDER_MIRROR';

const REGISTRY = 'registry.terraform.io';
const SEARCH_DEPTH = 2;

function usualPlaces(env: NodeJS.ProcessEnv): string[] {
  const home = env.HOME ?? os.homedir();
  const data = env.XDG_DATA_HOME ?? path.join(home, '.local', 'share');
  return [path.join(home, '.terraform.d'), path.join(data, 'terraform'), '/usr/local/share', '/usr/share/terraform', '/var/lib/terraform', '/usr/local/lib', '/opt'];
}

function foldersIn(folder: string): string[] {
  try {
    return fs
      .readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort();
  } catch {
    return [];
  }
}

function mirrorsBelow(folder: string, depth: number): string[] {
  const names = foldersIn(folder);
  if (names.includes(REGISTRY)) return [folder];
  return depth === 0 ? [] : names.flatMap((name) => mirrorsBelow(path.join(folder, name), depth - 1));
}

/** Folders laid out as a Terraform filesystem mirror, best first. */
export function findMirrors(env: NodeJS.ProcessEnv = process.env): string[] {
  const named = (env[MIRROR_VARIABLE] ?? '').split(path.delimiter).filter((folder) => folder !== '');
  const found = [...named, ...usualPlaces(env).flatMap((folder) => mirrorsBelow(folder, SEARCH_DEPTH))];
  return [...new Set(found)];
}

/** Providers that the mirror holds for this platform, e.g. `registry.terraform.io/hashicorp/aws`. */
export function providersIn(mirror: string): string[] {
  const root = path.join(mirror, REGISTRY);
  return foldersIn(root).flatMap((namespace) => foldersIn(path.join(root, namespace)).map((name) => `${REGISTRY}/${namespace}/${name}`));
}

/** The user's own CLI configuration, which always wins; undefined if there is none. */
export function userCliConfig(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const named = env.TF_CLI_CONFIG_FILE ?? env.TERRAFORM_CONFIG;
  const candidates = [...(named ? [named] : []), path.join(env.HOME ?? os.homedir(), '.terraformrc')];
  return candidates.find((file) => fs.existsSync(file));
}

/** Text of a CLI configuration that takes each provider from the first mirror that holds it, and the rest from its registry. */
export function cliConfigFor(mirrors: readonly string[]): string {
  const taken = new Set<string>();
  const blocks = mirrors.flatMap((mirror) => {
    const providers = providersIn(mirror).filter((provider) => !taken.has(provider));
    providers.forEach((provider) => taken.add(provider));
    return providers.length === 0 ? [] : [`  filesystem_mirror {\n    path    = ${JSON.stringify(mirror)}\n    include = ${JSON.stringify(providers)}\n  }\n`];
  });
  return `provider_installation {\n${blocks.join('')}  direct {\n    exclude = ${JSON.stringify([...taken])}\n  }\n}\n`;
}

/**
 * Environment for Terraform: the user's CLI configuration, or one that points at the mirrors found, written into the folder.
 */
export function mirrorEnvironment(folder: string, env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const own = userCliConfig(env);
  if (own !== undefined) return { TF_CLI_CONFIG_FILE: own };
  const file = path.join(folder, 'terraform.rc');
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(file, cliConfigFor(findMirrors(env)));
  return { TF_CLI_CONFIG_FILE: file };
}
