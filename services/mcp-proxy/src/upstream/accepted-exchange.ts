import type { IncomingHttpHeaders } from 'node:http';
import { HttpRefusal, refusalKind } from './failures';
import { BodyBuffer, HttpExchange } from './http-exchange';
import { MAX_REFUSAL_BYTES } from './limits';
import { readError } from './rpc-message';

/** A message that has no answer: whether it was taken, and why not, is all there is to know. */
export class AcceptedExchange extends HttpExchange<void> {
  private status = 0;
  /** A short one is read to its end, which keeps the connection. */
  private readonly body = new BodyBuffer(MAX_REFUSAL_BYTES);

  protected head(status: number, _: IncomingHttpHeaders): void {
    this.status = status;
    if (status < 400) this.succeed();
  }

  protected data(chunk: Buffer): void {
    try {
      this.body.add(chunk);
    } catch (error) {
      this.disconnect();
      throw error;
    }
  }

  protected end(): void {
    if (!this.isSettled) throw new HttpRefusal(refusalKind(this.status), this.status, readError(this.body.text()));
  }
}
