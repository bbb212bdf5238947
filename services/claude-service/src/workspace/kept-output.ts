/** Keeps the beginning and the end of an output of any length. */
export class KeptOutput {
  private readonly head: Buffer[] = [];
  private tail: Buffer[] = [];
  private headBytes = 0;
  private tailBytes = 0;
  /** All that came. Unit: bytes. */
  public total = 0;

  /** @param limit what is kept, half of it of the beginning. Unit: bytes */
  constructor(private readonly limit: number) {}

  public add(chunk: Buffer): void {
    this.total += chunk.length;
    const room = Math.ceil(this.limit / 2) - this.headBytes;
    if (room > 0) {
      this.head.push(chunk.subarray(0, room));
      this.headBytes += Math.min(room, chunk.length);
    }
    const rest = chunk.subarray(Math.max(0, room));
    if (rest.length > 0) {
      this.tail.push(rest);
      this.tailBytes += rest.length;
      if (this.tailBytes > this.limit * 2) {
        this.trim();
      }
    }
  }

  /** What was left out between beginning and end. Unit: bytes. */
  public get omitted(): number {
    return Math.max(0, this.total - this.limit);
  }

  public bytes(): Buffer {
    this.trim();
    return Buffer.concat([...this.head, ...this.tail]);
  }

  private trim(): void {
    const all = Buffer.concat(this.tail);
    const kept = all.subarray(Math.max(0, all.length - Math.floor(this.limit / 2)));
    this.tail = [Buffer.from(kept)];
    this.tailBytes = kept.length;
  }
}
