import { quote } from './quoted-text';

/** What a JSON text says, or why it says nothing. */
export interface StrictJson {
  readonly value?: unknown;
  readonly errors: string[];
}

/** Deeper than any tenant file, shallow enough that no input can exhaust the stack. */
const MAX_DEPTH = 32;

/**
 * Reads JSON as `JSON.parse` does, and also says where (line and column) a text is wrong, and reports keys that are
 * given twice. `JSON.parse` keeps the last of two equal keys: a second `google` further down a file would quietly
 * replace the first, with its rights. Objects have no prototype, so that `__proto__` is a key like any other.
 */
export function parseStrictJson(text: string): StrictJson {
  const reader = new JsonReader(text);
  try {
    const value = reader.document();
    return { value, errors: reader.duplicates };
  } catch (error) {
    if (error instanceof JsonFault) return { errors: [...reader.duplicates, error.message] };
    throw error;
  }
}

class JsonFault extends Error {}

class JsonReader {
  public readonly duplicates: string[] = [];
  private position = 0;
  private depth = 0;

  constructor(private readonly text: string) {}

  public document(): unknown {
    const value = this.value();
    this.skipSpace();
    if (this.position < this.text.length) throw this.unexpected('the end of the file');
    return value;
  }

  private value(): unknown {
    this.skipSpace();
    switch (this.text[this.position]) {
      case '{':
        return this.nested(() => this.object());
      case '[':
        return this.nested(() => this.array());
      case '"':
        return this.string();
      case 't':
        return this.word('true', true);
      case 'f':
        return this.word('false', false);
      case 'n':
        return this.word('null', null);
      default:
        return this.number();
    }
  }

  private nested<T>(read: () => T): T {
    this.depth += 1;
    if (this.depth > MAX_DEPTH) throw new JsonFault(`${this.place()}: nested deeper than ${MAX_DEPTH} levels`);
    this.position += 1;
    const value = read();
    this.depth -= 1;
    return value;
  }

  private object(): Record<string, unknown> {
    const object: Record<string, unknown> = Object.create(null);
    const starts = new Map<string, number>();
    if (this.closes('}')) return object;
    do {
      this.skipSpace();
      const start = this.position;
      if (this.text[start] !== '"') throw this.unexpected('a key in double quotes');
      const key = this.string();
      const first = starts.get(key);
      if (first === undefined) starts.set(key, start);
      else this.duplicates.push(this.givenTwice(key, start, first));
      this.skipSpace();
      if (this.text[this.position] !== ':') throw this.unexpected('":"');
      this.position += 1;
      object[key] = this.value();
    } while (this.continues('}'));
    return object;
  }

  private array(): unknown[] {
    const array: unknown[] = [];
    if (this.closes(']')) return array;
    do array.push(this.value());
    while (this.continues(']'));
    return array;
  }

  private string(): string {
    const start = this.position + 1;
    let escaped = false;
    for (let end = start; end < this.text.length; end++) {
      const code = this.text.charCodeAt(end);
      if (code === 0x22) {
        this.position = end + 1;
        return escaped ? this.unescape(start, end) : this.text.slice(start, end);
      }
      if (code < 0x20) {
        this.position = end;
        throw new JsonFault(`${this.place()}: a line break or control character inside a text: write it as an escape`);
      }
      if (code === 0x5c) {
        escaped = true;
        end += 1;
      }
    }
    throw new JsonFault(`${this.place()}: a text starts here and never ends: close it with a double quote`);
  }

  private unescape(start: number, end: number): string {
    try {
      return JSON.parse(this.text.slice(start - 1, end + 1)) as string;
    } catch {
      throw new JsonFault(
        `${this.place(start - 1)}: a text with a wrong escape: after a backslash write one of "\\/bfnrtu`,
      );
    }
  }

  private word<T>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.position)) throw this.unexpected('a value');
    this.position += word.length;
    return value;
  }

  private number(): number {
    const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
    number.lastIndex = this.position;
    const match = number.exec(this.text);
    if (!match) throw this.unexpected('a value');
    this.position = number.lastIndex;
    return Number(match[0]);
  }

  private closes(bracket: string): boolean {
    this.skipSpace();
    if (this.text[this.position] !== bracket) return false;
    this.position += 1;
    return true;
  }

  private continues(bracket: string): boolean {
    if (this.closes(bracket)) return false;
    if (this.text[this.position] !== ',') throw this.unexpected(`"," or "${bracket}"`);
    this.position += 1;
    return true;
  }

  private skipSpace(): void {
    for (; ; this.position++) {
      const code = this.text.charCodeAt(this.position);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
    }
  }

  private unexpected(expected: string): JsonFault {
    const code = this.text.codePointAt(this.position);
    if (code === undefined) return new JsonFault(`${this.place()}: the file ends where ${expected} must stand`);
    const printable = code > 0x20 && code < 0x7f;
    const found = printable ? String.fromCodePoint(code) : `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
    return new JsonFault(`${this.place()}: ${found} stands where ${expected} must stand`);
  }

  private givenTwice(key: string, start: number, first: number): string {
    return `${this.place(start)}: the key ${quote(key)} is given twice (first on line ${this.lineOf(first)}): keep one of them`;
  }

  private place(position = this.position): string {
    const column = position - this.text.lastIndexOf('\n', position - 1);
    return `line ${this.lineOf(position)}, column ${position === 0 ? 1 : column}`;
  }

  private lineOf(position: number): number {
    let line = 1;
    for (let at = this.text.indexOf('\n'); at >= 0 && at < position; at = this.text.indexOf('\n', at + 1)) line += 1;
    return line;
  }
}
