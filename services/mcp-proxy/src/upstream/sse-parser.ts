import { StringDecoder } from 'node:string_decoder';

/** One event of a `text/event-stream`. */
export interface SseEvent {
  /** `message` unless the stream says otherwise. */
  readonly type: string;
  readonly data: string;
}

/**
 * Reads server-sent events (HTML Living Standard, section 9.2.6) as the bytes come. An event is at most `maxBytes`
 * long, counted in UTF-16 units, so that a line without an end fills no memory.
 */
export class SseParser {
  /** The newest event id and reconnection time (ms) that the stream gave. */
  public lastEventId = '';
  public retryMs: number | undefined;
  private readonly decoder = new StringDecoder('utf8');
  /** The line that has not ended yet, unjoined: a long one would be copied with every chunk. */
  private pieces: string[] = [];
  private pieceLength = 0;
  private data: string | undefined;
  private type = '';
  private first = true;
  private skipLineFeed = false;

  /** @param onEvent may throw: the rest of the chunk is then not read */
  constructor(
    private readonly maxLength: number,
    private readonly onEvent: (event: SseEvent) => void,
  ) {}

  /** Error: an event is too long. */
  public push(chunk: Buffer): void {
    let text = this.decoder.write(chunk);
    if (this.first && text.length > 0) {
      this.first = false;
      if (text.charCodeAt(0) === 0xfeff) text = text.slice(1);
    }
    if (this.skipLineFeed && text.length > 0) {
      this.skipLineFeed = false;
      if (text.charCodeAt(0) === 0x0a) text = text.slice(1);
    }
    this.readLines(text);
    if (this.pieceLength + (this.data?.length ?? 0) > this.maxLength) throw new RangeError('event too long');
  }

  private readLines(text: string): void {
    let start = 0;
    // Looked for once in a chunk, not once in a line: hardly any stream has carriage returns.
    const hasReturns = text.includes('\r');
    while (start < text.length) {
      const feed = text.indexOf('\n', start);
      const back = hasReturns ? text.indexOf('\r', start) : -1;
      const end = back >= 0 && (feed < 0 || back < feed) ? back : feed;
      if (end < 0) break;
      this.readLine(this.completeLine(text.slice(start, end)));
      start = end + 1;
      if (end === back) {
        if (start === text.length) this.skipLineFeed = true;
        else if (text.charCodeAt(start) === 0x0a) start += 1;
      }
    }
    if (start < text.length) {
      this.pieces.push(start === 0 ? text : text.slice(start));
      this.pieceLength += text.length - start;
    }
  }

  private completeLine(end: string): string {
    if (this.pieces.length === 0) return end;
    const line = this.pieces.join('') + end;
    this.pieces = [];
    this.pieceLength = 0;
    return line;
  }

  private readLine(line: string): void {
    if (line === '') {
      this.dispatch();
      return;
    }
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line.charCodeAt(colon + 1) === 0x20 ? colon + 2 : colon + 1);
    if (field === 'data') {
      this.data = this.data === undefined ? value : `${this.data}\n${value}`;
      if (this.data.length > this.maxLength) throw new RangeError('event too long');
    } else if (field === 'event') this.type = value;
    else if (field === 'id' && !value.includes('\0')) this.lastEventId = value;
    else if (field === 'retry' && /^\d{1,9}$/.test(value)) this.retryMs = Number(value);
  }

  private dispatch(): void {
    const { data, type } = this;
    this.data = undefined;
    this.type = '';
    if (data !== undefined && data !== '') this.onEvent({ type: type || 'message', data });
  }
}
