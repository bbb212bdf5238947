import { createHash } from 'node:crypto';

/** Tokens of a request as the API would report them; each token is in one of the three. */
export interface PromptTokens {
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly cacheWriteHour: number;
}

/** A request body as far as it is counted. */
export interface CountedRequest {
  readonly model: string;
  readonly cache_control?: CacheControl | null;
  readonly tools?: readonly Block[];
  readonly system?: string | readonly Block[];
  readonly messages: readonly { readonly role: string; readonly content: string | readonly Block[] }[];
}

interface CacheControl {
  readonly type: string;
  readonly ttl?: string;
}

type Block = { readonly cache_control?: CacheControl | null; readonly [field: string]: unknown };

/** How far before a mark the API looks for what it has kept. Source: Claude docs, "Prompt caching". */
const LOOK_BACK_BLOCKS = 20;

/** About four bytes of text each, at least one: good enough to compare figures, and the same on every run. */
export function tokensOf(value: unknown): number {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return Math.max(1, Math.ceil(Buffer.byteLength(text) / 4));
}

/**
 * The prompt cache of the API: what stands before a mark is kept, and what was kept is read. Nothing is ever forgotten
 * here, so that figures do not depend on the clock.
 */
export class PromptCache {
  private readonly kept = new Set<string>();

  /** Counts a request and keeps what it marks. */
  public count(request: CountedRequest): PromptTokens {
    const blocks = blocksOf(request);
    const digest = createHash('sha256').update(request.model);
    let total = 0;
    const prefixes = blocks.map((block) => {
      const { cache_control: mark, ...content } = block;
      digest.update(JSON.stringify(content));
      total += tokensOf(content);
      return { id: digest.copy().digest('base64'), tokens: total, mark };
    });
    const last = prefixes.at(-1);
    if (last && request.cache_control) {
      last.mark = request.cache_control;
    }
    const marks = prefixes.flatMap(({ mark }, index) => (mark ? [index] : []));
    const known = marks
      .flatMap((mark) => prefixes.slice(Math.max(0, mark - LOOK_BACK_BLOCKS), mark + 1))
      .filter(({ id }) => this.kept.has(id));
    const cacheRead = Math.max(0, ...known.map(({ tokens }) => tokens));
    let written = cacheRead;
    const writes = { cacheWrite: 0, cacheWriteHour: 0 };
    for (const index of marks) {
      const { id, tokens, mark } = prefixes[index];
      this.kept.add(id);
      writes[mark?.ttl === '1h' ? 'cacheWriteHour' : 'cacheWrite'] += Math.max(0, tokens - written);
      written = Math.max(written, tokens);
    }
    return { input: total - written, cacheRead, ...writes };
  }

  public clear(): void {
    this.kept.clear();
  }
}

/** What the API makes a prompt of, in its order: tools, system, messages. */
function blocksOf({ tools = [], system = [], messages }: CountedRequest): Block[] {
  const systemBlocks = typeof system === 'string' ? [{ type: 'text', text: system }] : system;
  const said = messages.flatMap(({ role, content }): Block[] =>
    typeof content === 'string'
      ? [{ type: 'text', text: content, role }]
      : content.map((block) => ({ ...block, role })),
  );
  return [...tools, ...systemBlocks, ...said];
}
