'use strict';

/**
 * One measured run in a process of its own: `node child.cjs <load module> <run module>`. Prints the milliseconds of each,
 * CPU and peak memory of the whole process, and the modules that were loaded.
 */
const [, , loadModule, runModule] = process.argv;
const milliseconds = (from) => Number(process.hrtime.bigint() - from) / 1e6;

const started = process.hrtime.bigint();
require(loadModule);
const load = milliseconds(started);

const loaded = process.hrtime.bigint();
require(runModule);
const run = milliseconds(loaded);

const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
process.stdout.write(JSON.stringify({ load, run, cpu: (userCPUTime + systemCPUTime) / 1000, memory: maxRSS / 1024, modules: Object.keys(require.cache) }));
