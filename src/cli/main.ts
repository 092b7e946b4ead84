#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { PlatformError } from '../core/errors';

const USAGE = `ml-platform <command>

  up         bring an emulated environment up on this machine and leave it running
  down       destroy it, prove that nothing is left and stop everything
  status     what stands, and how to look at it
  synth      run the program: Terraform JSON and GitOps trees
  catalog    what the library knows: instances, versions, charts, addons

  --environment NAME   the environment of up, down and status (default: local)
  --port PORT          port of the emulator's endpoint (default: a free one, kept per checkout)
  --json               catalog and status as JSON

Each command runs in the folder of a cdktf.json.
`;

/** Exit statuses, as shells expect them. */
const EXIT = { done: 0, failed: 1, usage: 2 } as const;

async function run(argv: readonly string[]): Promise<number> {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: { environment: { type: 'string', default: 'local' }, port: { type: 'string' }, json: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } },
    });
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}`);
    return EXIT.usage;
  }
  const [command, ...rest] = parsed.positionals;
  const { environment, json, port } = parsed.values;
  if (parsed.values.help || command === undefined) {
    process.stdout.write(USAGE);
    return parsed.values.help ? EXIT.done : EXIT.usage;
  }
  // Required on demand: synth and catalog must not pay for loading the twin.
  switch (command) {
    case 'up':
      return (require('./twin') as typeof import('./twin.js')).upCommand({ environment, ...(port === undefined ? {} : { port }) });
    case 'down':
      return (require('./twin') as typeof import('./twin.js')).downCommand({ environment });
    case 'status':
      return (require('./twin') as typeof import('./twin.js')).statusCommand({ environment, json });
    case 'synth':
      return (require('./synth') as typeof import('./synth.js')).synthCommand();
    case 'catalog':
      return (require('./catalog') as typeof import('./catalog.js')).catalogCommand(rest, json);
    default:
      process.stderr.write(`unknown command "${command}"\n\n${USAGE}`);
      return EXIT.usage;
  }
}

run(process.argv.slice(2)).then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    process.stderr.write(PlatformError.isPlatformError(error) ? `${error.message}\n` : `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = EXIT.failed;
  },
);
