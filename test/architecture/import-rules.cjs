'use strict';

const path = require('node:path');

/**
 * Who may import whom. One table for the linter and for the test that proves it over all files.
 *
 * @typedef {{ readonly file: string, readonly specifier: string }} Import a file relative to the repository, with `/`, and what it imports
 */

const LIBRARY = /^(src|constructs|stacks)\//;
const CONSTRUCT_LIBRARIES = /^(@cdktf\/provider-|cdktf$|constructs$|cdk8s)/;

/** Folders of `src` that stand beside the constructs, with those that each may use beside core and catalog. */
const BESIDE = {
  policy: [],
  cost: [],
  report: ['plan', 'cost', 'policy'],
  plan: ['testing'],
  testing: ['plan'],
  local: [],
  cli: ['local', 'plan', 'report', 'cost', 'policy'],
};

/** The area of a file: `core`, `catalog`, a folder beside them, `constructs/<capability>`, `stacks`, `program`, `outside`. */
function areaOf(file) {
  const [top, second] = file.split('/');
  if (top === 'constructs') return `constructs/${second}`;
  if (top === 'stacks') return 'stacks';
  if (top !== 'src') return 'outside';
  return file.split('/').length > 2 ? second : second === 'index' || second === 'index.ts' ? 'index' : 'program';
}

/** Repository path, without extension, of a relative import. */
function targetOf({ file, specifier }) {
  return path.posix.normalize(path.posix.join(path.posix.dirname(file), specifier)).replace(/\.(ts|js|json)$/, '').replace(/\/index$/, '');
}

function packageProblem({ file, specifier }) {
  const area = areaOf(file);
  if (/^@cdktf\/provider-[a-z0-9-]+(\/lib)?(\/index)?$/.test(specifier)) {
    return `import "${specifier}/lib/<resource>": the root of a provider loads every resource`;
  }
  if (/^cdk8s-plus-\d+/.test(specifier) && LIBRARY.test(file) && file !== 'constructs/gitops/workloads.ts') {
    return 'cdk8s-plus is imported by constructs/gitops/workloads.ts alone, so that a newer one is an import away';
  }
  if (/^@cdktf\/provider-[a-z0-9-]+\/lib\/provider$/.test(specifier) && LIBRARY.test(file) && area !== 'stacks') {
    return 'only stacks create providers';
  }
  if (area === 'core' && /^(@cdktf\/|cdk8s)/.test(specifier)) return 'src/core has words and no resources: it imports no provider';
  if (area === 'catalog' && CONSTRUCT_LIBRARIES.test(specifier)) return 'src/catalog holds knowledge only: it builds nothing';
  if (specifier.startsWith('@kubernetes/client-node') && LIBRARY.test(file) && area !== 'local') return 'only src/local talks to a cluster: synth must not load its client';
  return undefined;
}

function allowedTargets(area) {
  if (area === 'core') return ['core'];
  if (area === 'catalog') return ['catalog'];
  if (area === 'stacks') return ['core', 'catalog', 'stacks'];
  if (area.startsWith('constructs/')) return ['core', 'catalog', area];
  return ['core', 'catalog', area, ...(BESIDE[area] ?? [])];
}

function libraryProblem(imported) {
  const area = areaOf(imported.file);
  const target = targetOf(imported);
  const targetArea = target === 'src' ? 'index' : areaOf(`${target}${/^(src|constructs)\/[^/]+$/.test(target) && !/^src\/(main|reference)$/.test(target) ? '/index' : ''}`);
  if (targetArea === 'index') return 'nothing inside the library imports src/index.ts';
  if (targetArea === 'outside') return 'the library imports neither tests nor examples';
  if (imported.file === 'src/index.ts' || area === 'program') return targetArea === 'constructs/undefined' ? 'name the capability' : undefined;
  if (area === 'core' && targetArea === 'catalog') {
    return imported.file === 'src/core/environment.ts' && target === 'src/catalog/regions' ? undefined : 'src/core uses of the catalog only the regions, and only in environment.ts';
  }
  if (area === 'catalog' && targetArea === 'core') return target === 'src/core/errors' ? undefined : 'src/catalog uses of the core only src/core/errors';
  if (allowedTargets(area).includes(targetArea)) return undefined;
  if (!targetArea.startsWith('constructs/') || !(area === 'stacks' || area.startsWith('constructs/'))) return `${area} must not import ${targetArea}`;
  if (targetArea === 'constructs/monitoring' && area !== 'stacks') return 'nobody but stacks imports monitoring';
  return target === targetArea ? undefined : `import ${targetArea} through its index`;
}

/**
 * What is wrong with an import; undefined when nothing is.
 *
 * @param {Import} imported
 * @returns {string | undefined}
 */
function findImportProblem(imported) {
  if (!imported.specifier.startsWith('.')) return packageProblem(imported);
  return LIBRARY.test(imported.file) ? libraryProblem(imported) : undefined;
}

module.exports = { areaOf, findImportProblem, targetOf };
