/** Values of a Helm chart: what its `values.yaml` may hold. */
export interface HelmValues {
  readonly [key: string]: unknown;
}

/** Compute that one container asks for; memory is also its limit, CPU has none. */
export function containerResources(cpu: string, memory: string, memoryLimit: string = memory): HelmValues {
  return { requests: { cpu, memory }, limits: { memory: memoryLimit } };
}

/** Merges as Helm does: maps key by key, anything else is replaced; `null` takes a default away. The last one wins. */
export function mergeValues(...layers: readonly (HelmValues | undefined)[]): HelmValues {
  return layers.reduce<HelmValues>((merged, layer) => mergeTwo(merged, layer ?? {}), {});
}

function mergeTwo(below: HelmValues, above: HelmValues): HelmValues {
  const merged: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above)) {
    const old = merged[key];
    merged[key] = isMap(old) && isMap(value) ? mergeTwo(old, value) : value;
  }
  return merged;
}

function isMap(value: unknown): value is HelmValues {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
