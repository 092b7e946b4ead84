import * as fs from 'node:fs';
import * as path from 'node:path';
import { transformFileSync } from '@swc/core';

/** Compiles the library as it is published, without types, so that no compiler is part of a measurement. */
export function compileLibrary(root: string, outdir: string): void {
  for (const part of ['src', 'constructs', 'stacks']) {
    for (const entry of fs.readdirSync(path.join(root, part), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || entry.name.endsWith('.md')) continue;
      const file = path.join(entry.parentPath, entry.name);
      const target = path.join(outdir, path.relative(root, file));
      fs.mkdirSync(path.dirname(target), { recursive: true });
      if (!entry.name.endsWith('.ts')) {
        fs.copyFileSync(file, target);
        continue;
      }
      const { code } = transformFileSync(file, { swcrc: false, jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } });
      fs.writeFileSync(target.replace(/\.ts$/, '.js'), code);
    }
  }
}
