/** What became of a key of a Helm values file. */
export enum HelmFindingKind {
  /** The chart reads it, and a prop says the same. */
  CARRIED = 'carried over',
  /** The chart reads this meaning under another key: as written it did nothing. A prop says now what was meant. */
  RENAMED = 'renamed',
  /** The chart does not read it. A prop says now what was meant, where that is still of use. */
  IGNORED = 'ignored',
  /** Nothing reads it, neither the chart nor the app. */
  DEAD = 'dead',
  /** The chart reads it, and the construct does it in another way or by itself. */
  REPLACED = 'replaced',
  /** It is not in the file, or not in this form: a placeholder stands in its place. */
  TO_FILL_IN = 'to fill in',
}

/** One key of the file, and what became of it. */
export interface HelmFinding {
  /** Form: `ingress.className`, `env[DATABASE_URL]`. */
  readonly path: string;
  readonly kind: HelmFindingKind;
  /** Why, and what says it now. */
  readonly text: string;
}
