/** `; did you mean replicas?` when one of the names is close to what was written, else nothing. */
export function suggestion(written: string, names: Iterable<string>): string {
  const nearest = nearestName(written, names);
  return nearest === undefined ? '' : `; did you mean ${nearest}?`;
}

/** The name that differs least from what was written; undefined when all are too far off to be meant. */
export function nearestName(written: string, names: Iterable<string>): string | undefined {
  let nearest: string | undefined;
  // A third of the letters may be wrong: beyond that a guess misleads more than it helps.
  let best = Math.max(1, Math.floor(written.length / 3)) + 1;
  for (const name of names) {
    const distance = name.toLowerCase() === written.toLowerCase() ? 0 : editDistance(written, name, best);
    if (distance < best) {
      best = distance;
      nearest = name;
    }
  }
  return nearest;
}

/** Letters to add, drop, change or swap with a neighbour; `limit` or more when it comes to that. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) {
    return limit;
  }
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const changed = last[column - 1] + (a[row - 1] === b[column - 1] ? 0 : 1);
      const swapped =
        row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
          ? beforeLast[column - 2] + 1
          : limit;
      current.push(Math.min(last[column] + 1, current[column - 1] + 1, changed, swapped));
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length];
}
