import type { TerraformStack } from 'cdktf';

/** File path below the synth output, with `/` → text. */
export type SynthFiles = { readonly [path: string]: string };

const writers = new WeakMap<TerraformStack, (() => SynthFiles)[]>();

/** Lets a stack write files of its own below the synth output, next to its Terraform JSON. */
export function addSynthFiles(stack: TerraformStack, files: () => SynthFiles): void {
  writers.set(stack, [...(writers.get(stack) ?? []), files]);
}

/** The files that the stack writes, rendered now. */
export function synthFilesOf(stack: TerraformStack): SynthFiles {
  return Object.assign({}, ...(writers.get(stack) ?? []).map((render) => render())) as SynthFiles;
}
