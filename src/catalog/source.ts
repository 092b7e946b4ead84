/** Where a table comes from and how fresh it is. */
export interface CatalogSource {
  /** Public project or document the figures were taken from. */
  readonly source: string;
  /** Day the figures describe, `YYYY-MM-DD`. */
  readonly asOf: string;
}

/**
 * Names most like the given one, best first; ties keep the order of `known`.
 * @param limit how many at most.
 */
export function nearestNames(given: string, known: readonly string[], limit = 5): string[] {
  return known
    .map((name) => ({ name, distance: editDistance(given.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, limit)
    .map((candidate) => candidate.name);
}

/** Insertions, deletions and replacements that turn one text into the other. */
function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[to.length] ?? 0;
}
