import * as fs from 'node:fs';
import * as path from 'node:path';
import { Aspects, TerraformOutput, TerraformProvider, TerraformResource, TerraformDataSource, TerraformStack, TerraformElement } from 'cdktf';
import type { App, ISynthesisSession } from 'cdktf';
import type { IConstruct } from 'constructs';
import type { Problem } from './errors';
import { PlatformError } from './errors';
import { synthFilesOf } from './synth-files';

/** All stacks below the scope. */
export function stacksOf(scope: IConstruct): TerraformStack[] {
  return scope.node.findAll().filter(TerraformStack.isStack);
}

function elementsOf(stack: TerraformStack): TerraformElement[] {
  return stack.node.findAll().filter((node): node is TerraformElement => TerraformElement.isTerraformElement(node) && TerraformStack.of(node) === stack);
}

function duplicateStackIds(stacks: readonly TerraformStack[]): Problem[] {
  const seen = new Map<string, TerraformStack>();
  const problems: Problem[] = [];
  for (const stack of stacks) {
    const other = seen.get(stack.node.id);
    if (other) {
      problems.push({ code: 'StackIdDuplicate', message: `stack id "${stack.node.id}" is used by ${other.node.path} and ${stack.node.path}`, remedy: 'one would overwrite the other: give each environment its own name', path: stack.node.path });
    }
    seen.set(stack.node.id, stack);
  }
  return problems;
}

function addressOf(element: TerraformElement): string | undefined {
  if (TerraformResource.isTerraformResource(element)) return `${element.terraformResourceType}.${element.friendlyUniqueId}`;
  if (TerraformDataSource.isTerraformDataSource(element)) return `data.${element.terraformResourceType}.${element.friendlyUniqueId}`;
  if (TerraformOutput.isTerraformOutput(element)) return `output.${element.friendlyUniqueId}`;
  return undefined;
}

function duplicateLogicalIds(stack: TerraformStack): Problem[] {
  const seen = new Map<string, string>();
  const problems: Problem[] = [];
  for (const element of elementsOf(stack)) {
    const address = addressOf(element);
    if (address === undefined) continue;
    const other = seen.get(address);
    if (other !== undefined) {
      problems.push({ code: 'LogicalIdDuplicate', message: `${address} is used by ${other} and ${element.node.path}`, remedy: 'they would be merged into one: override only one logical id, or choose another', path: element.node.path });
    }
    seen.set(address, element.node.path);
  }
  return problems;
}

function clusterBesideItsProviders(stack: TerraformStack): Problem[] {
  const elements = elementsOf(stack);
  const cluster = elements.find((element) => TerraformResource.isTerraformResource(element) && element.terraformResourceType === 'aws_eks_cluster');
  const provider = elements.find((element) => TerraformProvider.isTerraformProvider(element) && ['kubernetes', 'helm'].includes(element.terraformResourceType));
  if (!cluster || !provider) return [];
  return [{ code: 'ClusterBesideKubernetesProvider', message: `stack "${stack.node.id}" holds ${cluster.node.path} and ${provider.node.path}`, remedy: "put the provider in the gitops layer: a provider cannot be configured from what its own plan creates", path: stack.node.path }];
}

function undeclaredReferences(stack: TerraformStack): Problem[] {
  return elementsOf(stack)
    .filter((element) => TerraformOutput.isTerraformOutput(element) && element.node.id.startsWith('cross-stack-output-'))
    .map((element) => ({ code: 'CrossStackReferenceUndeclared', message: `another stack refers to ${element.node.id.slice('cross-stack-output-'.length)}`, remedy: 'declare it with LayerStack.export() and read it with importFrom(), or use a fact', path: stack.node.path }));
}

function deafAspects(app: IConstruct): Problem[] {
  return app.node
    .findAll()
    .filter((scope) => !scope.node.scopes.some((above) => TerraformStack.isStack(above)))
    .filter((scope) => Aspects.of(scope).all.length > 0)
    .map((scope) => ({ code: 'AspectAboveStack', message: `an aspect was added to "${scope.node.path || 'the app'}"`, remedy: 'CDKTF runs aspects of stacks and below only: add it to each stack', path: scope.node.path }));
}

function failedValidations(stack: TerraformStack): Problem[] {
  return stack.node.findAll().flatMap((node) =>
    node.node.validate().map((message) => {
      const coded = /^\[([A-Za-z]+)\] ([\s\S]*)$/.exec(message);
      return { code: coded?.[1] ?? 'ValidationFailed', message: coded?.[2] ?? message, path: node.node.path };
    }),
  );
}

/** Everything that a whole program can get wrong at synth; empty when nothing is. */
export function findSynthProblems(app: IConstruct): Problem[] {
  const stacks = stacksOf(app);
  return [
    ...duplicateStackIds(stacks),
    ...deafAspects(app),
    ...stacks.flatMap((stack) => [...duplicateLogicalIds(stack), ...clusterBesideItsProviders(stack), ...undeclaredReferences(stack), ...failedValidations(stack)]),
  ];
}

const checked = new WeakSet<IConstruct>();

function writeFiles(stack: TerraformStack, outdir: string): void {
  const files = Object.entries(synthFilesOf(stack));
  for (const folder of new Set(files.map(([file]) => file.split('/').slice(0, 2).join('/')))) {
    fs.rmSync(path.join(outdir, folder), { recursive: true, force: true });
  }
  for (const [file, text] of files) {
    fs.mkdirSync(path.dirname(path.join(outdir, file)), { recursive: true });
    fs.writeFileSync(path.join(outdir, file), text);
  }
}

/**
 * Guards the stack against the traps of CDKTF. The first guarded stack that is synthesised checks the whole program, and
 * nothing is written when anything is wrong.
 *
 * @throws PlatformError at synth, with every problem of the program.
 */
export function guardSynth(stack: TerraformStack): void {
  const inner = stack.synthesizer;
  stack.synthesizer = {
    synthesize(session: ISynthesisSession): void {
      const app = stack.node.root as App;
      if (!session.skipValidation && !checked.has(app)) {
        const problems = findSynthProblems(app);
        if (problems.length > 0) throw new PlatformError(problems);
        checked.add(app);
      }
      inner.synthesize(session);
      writeFiles(stack, session.outdir);
    },
  };
}
