import type { IncomingHttpHeaders } from 'node:http';
import { HttpRefusal, refusalKind } from './failures';
import { HttpExchange } from './http-exchange';
import { MAX_REFUSAL_BYTES } from './limits';

/** A message that has no answer: whether it was taken is all there is to know. */
export class AcceptedExchange extends HttpExchange<void> {
  private bytes = 0;

  protected head(status: number, _: IncomingHttpHeaders): void {
    if (status >= 400) throw new HttpRefusal(refusalKind(status), status);
    this.succeed();
  }

  /** There should be no body; a short one is read to its end, which keeps the connection. */
  protected data(chunk: Buffer): void {
    this.bytes += chunk.length;
    if (this.bytes > MAX_REFUSAL_BYTES) this.disconnect();
  }

  protected end(): void {}
}
