/**
 * Beginnings of model ids that Anthropic no longer serves, and what to write instead.
 * Source: Claude docs, "Model deprecations"; Claude Sonnet 4.5 ends on 2026-11-30.
 */
const RETIRED: readonly { readonly id: RegExp; readonly instead: string }[] = [
  { id: /^claude-(1|2|instant)/, instead: 'claude-haiku-5-5' },
  { id: /^claude-3(-\d)?-haiku/, instead: 'claude-haiku-5-5' },
  { id: /^claude-3(-\d)?-sonnet/, instead: 'claude-sonnet-5-5' },
  { id: /^claude-3-opus/, instead: 'claude-opus-5-5' },
  { id: /^claude-sonnet-4-(0|5|2025\d{4})/, instead: 'claude-sonnet-5-5' },
  { id: /^claude-opus-4-(0|1|2025\d{4})/, instead: 'claude-opus-5-5' },
];

/** The current model to write instead of a retired one; undefined for a model that is served. */
export function successorOf(model: string): string | undefined {
  return RETIRED.find(({ id }) => id.test(model))?.instead;
}
