/** What the matcher reads of a text; a test can count the reads. */
export interface CharSequence {
  readonly length: number;
  charCodeAt(index: number): number;
}

/**
 * A pattern in which `*` stands for any run of characters and everything else for itself, anchored at both ends.
 * Never a RegExp, so that no configuration can make matching slow: each character of the text is read at most once
 * whatever the pattern is.
 */
export class Glob {
  public readonly pattern: string;
  private readonly head: string;
  private readonly tail: string;
  private readonly between: Needle[];
  private readonly literal: boolean;

  constructor(pattern: string) {
    const pieces = pattern.split('*');
    this.pattern = pattern;
    this.literal = pieces.length === 1;
    this.head = pieces[0] ?? '';
    this.tail = this.literal ? '' : (pieces.at(-1) ?? '');
    this.between = pieces
      .slice(1, -1)
      .filter((piece) => piece !== '')
      .map((piece) => new Needle(piece));
  }

  public matches(text: CharSequence): boolean {
    if (this.literal && text.length !== this.head.length) return false;
    const tailStart = text.length - this.tail.length;
    if (tailStart < this.head.length) return false;
    if (!standsAt(this.head, text, 0) || !standsAt(this.tail, text, tailStart)) return false;
    let from = this.head.length;
    for (const needle of this.between) {
      from = needle.endOfFirst(text, from, tailStart);
      if (from < 0) return false;
    }
    return true;
  }
}

function standsAt(piece: string, text: CharSequence, start: number): boolean {
  for (let i = 0; i < piece.length; i++) {
    if (text.charCodeAt(start + i) !== piece.charCodeAt(i)) return false;
  }
  return true;
}

/** Knuth-Morris-Pratt: a plain search would read `aaaa…` again and again for `*aaab*`. */
class Needle {
  private readonly fallback: number[];

  constructor(private readonly piece: string) {
    this.fallback = [0];
    for (let i = 1, matched = 0; i < piece.length; i++) {
      matched = this.advance(matched, piece.charCodeAt(i));
      this.fallback.push(matched);
    }
  }

  /** Index after the first occurrence in `text[from, end)`, or -1. */
  public endOfFirst(text: CharSequence, from: number, end: number): number {
    let matched = 0;
    for (let i = from; i < end; i++) {
      matched = this.advance(matched, text.charCodeAt(i));
      if (matched === this.piece.length) return i + 1;
    }
    return -1;
  }

  private advance(matched: number, code: number): number {
    let next = matched;
    while (next > 0 && this.piece.charCodeAt(next) !== code) next = this.fallback[next - 1] ?? 0;
    return this.piece.charCodeAt(next) === code ? next + 1 : 0;
  }
}
