/** What a million tokens of a model cost. Unit: US dollars. */
export interface ModelPrice {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  /** Written for five minutes. */
  readonly cacheWrite: number;
  /** Written for one hour. */
  readonly cacheWriteHour: number;
  /** What it costs where the prompt, cached or not, is longer than `aboveTokens`. */
  readonly longPrompt?: ModelPrice & { readonly aboveTokens: number };
}

function price(input: number, output: number, cacheRead: number): ModelPrice {
  // Anthropic asks 1.25 and 2 times the price of the input for what it keeps for five minutes and for an hour; a
  // newer generation asks less for reading than the tenth that was usual.
  return { input, output, cacheRead, cacheWrite: input * 1.25, cacheWriteHour: input * 2 };
}

/**
 * Source: Claude docs, "Pricing", as LiteLLM 1.109.1 carries it (model_prices_and_context_window.json, November 2026).
 * An id with a date belongs to the id before the date.
 */
const PRICES: readonly (readonly [id: string, price: ModelPrice])[] = [
  ['claude-haiku-5-5', { ...price(0.1, 0.5, 0.01), longPrompt: { ...price(0.5, 2.5, 0.05), aboveTokens: 100_000 } }],
  ['claude-sonnet-5-5', price(2, 10, 0.1)],
  ['claude-opus-5-5', price(4, 20, 0.2)],
  ['claude-fable-5-1', price(10, 50, 0.25)],
  ['claude-mythos-5-1', price(10, 50, 0.25)],
  ['claude-sonnet-5', price(2, 10, 0.2)],
  ['claude-opus-5', price(5, 25, 0.5)],
  ['claude-fable-5', price(10, 50, 1)],
  ['claude-mythos-5', price(10, 50, 1)],
  ['claude-opus-4-8', price(5, 25, 0.5)],
  ['claude-opus-4-7', price(5, 25, 0.5)],
  ['claude-opus-4-6', price(5, 25, 0.5)],
  ['claude-opus-4-5', price(5, 25, 0.5)],
  ['claude-sonnet-4-6', price(3, 15, 0.3)],
  ['claude-sonnet-4-5', price(3, 15, 0.3)],
  ['claude-haiku-4-5', price(1, 5, 0.1)],
];

/**
 * What a model that is not in the list counts as: the dearest that is. A budget then ends a turn too early rather than
 * too late, and nobody spends without a limit on a model that came out after this list.
 */
const DEAREST = price(10, 50, 1);

/** Whether the price of a model is known, so that the start can say which costs are estimates. */
export function isPriced(model: string): boolean {
  return listed(model) !== undefined;
}

/** The price of a model by its id; a provider's prefix such as `anthropic/` does not matter. */
export function priceOf(model: string): ModelPrice {
  return listed(model) ?? DEAREST;
}

function listed(model: string): ModelPrice | undefined {
  const id = model.slice(model.lastIndexOf('/') + 1);
  return PRICES.find(
    ([known]) => id === known || (/^-\d{8}$/.test(id.slice(known.length)) && id.startsWith(known)),
  )?.[1];
}

/** Tokens of one call, as the Messages API counts them: each token is in exactly one of the five. */
export interface CountedTokens {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly cacheWriteHour: number;
}

/** What one call of a model costs. Unit: US dollars. */
export function costUsd(model: string, tokens: CountedTokens): number {
  const usual = priceOf(model);
  const prompt = tokens.input + tokens.cacheRead + tokens.cacheWrite + tokens.cacheWriteHour;
  const { longPrompt } = usual;
  const rate = longPrompt && prompt > longPrompt.aboveTokens ? longPrompt : usual;
  const perMillion =
    tokens.input * rate.input +
    tokens.output * rate.output +
    tokens.cacheRead * rate.cacheRead +
    tokens.cacheWrite * rate.cacheWrite +
    tokens.cacheWriteHour * rate.cacheWriteHour;
  // Whole nano-dollars: the sums of a day then do not depend on the order of the calls by more than that.
  return Math.round(perMillion * 1000) / 1e9;
}

/** An answer that may have fewer is not worth its prompt. Unit: tokens. */
export const FEWEST_OUTPUT_TOKENS = 256;

/** How long an answer may be so that its output alone does not go beyond what is left. Unit: tokens. */
export function affordableTokens(leftUsd: number, model: string): number {
  return Math.floor((Math.max(0, leftUsd) * 1e6) / priceOf(model).output);
}

/** The same, but worth its prompt, and no longer than `most`. */
export function outputTokensFor(leftUsd: number, model: string, most: number): number {
  return Math.min(most, Math.max(FEWEST_OUTPUT_TOKENS, affordableTokens(leftUsd, model)));
}
