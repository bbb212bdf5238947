import type { IncomingHttpHeaders } from 'node:http';
import { BodyBuffer, HttpExchange, mediaType } from '../http-exchange';
import { MAX_ANSWER_BYTES } from '../limits';

export interface HttpAnswer {
  readonly status: number;
  /** Without parameters, in lower case. */
  readonly type: string;
  readonly body: BodyBuffer;
}

/** One HTTP request whose whole answer is wanted, whatever its status. */
export class BodyExchange extends HttpExchange<HttpAnswer> {
  private readonly body = new BodyBuffer(MAX_ANSWER_BYTES);
  private status = 0;
  private type = '';

  protected head(status: number, headers: IncomingHttpHeaders): void {
    this.status = status;
    this.type = mediaType(headers);
    this.body.expect(headers);
  }

  protected data(chunk: Buffer): void {
    if (!this.isSettled) this.body.add(chunk);
  }

  protected end(): void {
    if (!this.isSettled) this.succeed({ status: this.status, type: this.type, body: this.body });
  }
}
