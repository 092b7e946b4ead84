import { TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { parse } from 'yaml';
import { BootstrapNamespaces, GitOpsTree } from '../../constructs/gitops';
import type { EnvironmentProps } from '../../src/core';
import { addClusterProviders } from '../../stacks/cluster-providers';
import { errorCodes, synthLayer } from './fixtures';

/** A manifest as a test reads it. */
export type AnyManifest = any;

/** The files of a tree, read back: path below the environment's folder → object. */
export interface ReadTree {
  readonly files: readonly string[];
  /** The object in the file. @throws Error if there is none. */
  object(file: string): AnyManifest;
  /** Values that the application gives its chart. */
  values(application: string): AnyManifest;
}

/** A layer with the providers of a cluster. */
export function inCluster(build: (stack: Construct) => void): (stack: Construct) => void {
  return (stack) => {
    addClusterProviders(TerraformStack.of(stack), 'mlp-dev');
    build(stack);
  };
}

/** An empty tree in a layer. */
export function treeIn(stack: Construct): GitOpsTree {
  return new GitOpsTree(stack, 'GitOps', { namespaces: new BootstrapNamespaces(stack, 'Namespaces') });
}

/** All error codes of a tree with what `build` puts into it. */
export function treeErrors(build: (tree: GitOpsTree) => void, overrides: Partial<EnvironmentProps> = {}): string[] {
  return errorCodes(inCluster((stack) => build(treeIn(stack))), overrides);
}

/** Synthesises a tree alone in a layer, with what `build` puts into it. */
export function synthTree(build: (tree: GitOpsTree) => void, overrides: Partial<EnvironmentProps> = {}): ReadTree {
  return readTree(synthLayer(inCluster((stack) => build(treeIn(stack))), overrides).files);
}

/** Reads the tree among the files of a stack. */
export function readTree(files: { readonly [path: string]: string }): ReadTree {
  const byPath = new Map(Object.entries(files).map(([path, text]) => [path.split('/').slice(2).join('/'), text]));
  const object = (file: string): AnyManifest => {
    const text = byPath.get(file);
    if (text === undefined) throw new Error(`no ${file}, there are: ${[...byPath.keys()].join(', ')}`);
    return parse(text, { version: '1.1' });
  };
  return {
    files: [...byPath.keys()].sort(),
    object,
    values(application) {
      const { source, sources = [source] } = object(`applications/${application}.yaml`).spec;
      return sources.find((one: AnyManifest) => one.chart !== undefined).helm.valuesObject;
    },
  };
}
