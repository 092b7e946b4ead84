import type { ChartLocation } from '../../src/catalog';

/** How long Helm waits until everything of a release is ready. */
const READY_TIMEOUT_SECONDS = 600;

/** Arguments that every release has. A failed one leaves nothing half installed, and one that was interrupted is taken up again. */
export function releaseDefaults(location: ChartLocation) {
  return {
    chart: location.chart,
    repository: location.helmRepository,
    version: location.version,
    wait: true,
    timeout: READY_TIMEOUT_SECONDS,
    atomic: true,
    cleanupOnFail: true,
    upgradeInstall: true,
    maxHistory: 5,
    lint: false,
  };
}

/** Text as Terraform's JSON syntax has to be given it: its own marks for templates taken literally. */
export function terraformText(text: string): string {
  return text.replace(/([$%])\{/g, '$1$1{');
}
