import { randomUUID } from 'node:crypto';
import { Cancellation } from '../cancellation';
import type { MessageStream } from '../http/answer-stream';
import { isObject, type JsonObject, ProtocolError } from '../protocol/json-rpc';
import type { UpstreamAnswer } from '../upstream/upstream';
import { notWaiting } from './call-refusals';
import type { Relay } from './relay';

/** How long another replica that goes on with a call may say nothing; it says so four times as often. Unit: milliseconds. */
const RELAY_SILENCE_MS = 2_000;

/** What a client says to go on with a call that waits. */
export interface Resumption {
  readonly userKey: string;
  /** Method and name of the call. */
  readonly subject: string;
  readonly requestState: string;
  readonly inputResponses: unknown;
}

/** Goes on with a call of this replica. Error: `ProtocolError`. */
type ResumeHere = (resumption: Resumption, stream: MessageStream) => Promise<UpstreamAnswer>;

/**
 * Goes on with a call that waits at another replica: what the server tells meanwhile and its answer come back here. One
 * exchange for each time that a client goes on.
 */
export class RelayedResumption {
  /** Calls at other replicas that go on for clients of this one, by exchange. */
  private readonly remote = new Map<string, (message: JsonObject) => void>();
  /** Aborted when the client of another replica left, for which a call goes on here; by exchange. */
  private readonly guests = new Map<string, Cancellation>();

  constructor(
    private readonly relay: Relay,
    private readonly resumeHere: ResumeHere,
  ) {
    relay.onMessage((message) => {
      const { type, exchange } = message;
      if (typeof exchange !== 'string') return;
      if (type === 'resume') void this.resumeForOther(exchange, message);
      else if (type === 'left') this.guests.get(exchange)?.abort();
      else this.remote.get(exchange)?.(message);
    });
  }

  /** Error: `ProtocolError`, also when the replica is gone or falls silent. */
  public resumeAt(replica: string, resumption: Resumption, stream: MessageStream): Promise<UpstreamAnswer> {
    const exchange = randomUUID();
    let silence: NodeJS.Timeout | undefined;
    let giveUp = () => {};
    return new Promise<UpstreamAnswer>((resolve, reject) => {
      giveUp = () => {
        this.relay.send(replica, { type: 'left', exchange });
        reject(notWaiting());
      };
      silence = setTimeout(giveUp, RELAY_SILENCE_MS);
      stream.signal.addEventListener('abort', giveUp);
      this.remote.set(exchange, ({ type, json, answer, error }) => {
        silence?.refresh();
        if (type === 'told' && typeof json === 'string') stream.send(json);
        if (type !== 'resumed') return;
        if (isObject(answer)) resolve(answer as UpstreamAnswer);
        else reject(isObject(error) ? new ProtocolError(Number(error.code), String(error.message)) : notWaiting());
      });
      this.relay.send(replica, { type: 'resume', exchange, from: this.relay.replica, ...resumption });
    }).finally(() => {
      clearTimeout(silence);
      stream.signal.removeEventListener('abort', giveUp);
      this.remote.delete(exchange);
    });
  }

  private async resumeForOther(exchange: string, message: JsonObject): Promise<void> {
    const { from, userKey, subject, requestState, inputResponses } = message;
    const tell = (rest: JsonObject) => this.relay.send(String(from), { exchange, ...rest });
    const signal = new Cancellation();
    this.guests.set(exchange, signal);
    const stream = { signal, canStream: true, send: (json: string) => tell({ type: 'told', json }) };
    const goesOn = () => tell({ type: 'resuming' });
    goesOn();
    const beat = setInterval(goesOn, RELAY_SILENCE_MS / 4);
    const resumption = {
      userKey: String(userKey),
      subject: String(subject),
      requestState: String(requestState),
      inputResponses,
    };
    try {
      tell({ type: 'resumed', answer: await this.resumeHere(resumption, stream) });
    } catch (error) {
      const { code, message: text } = error instanceof ProtocolError ? error : notWaiting();
      tell({ type: 'resumed', error: { code, message: text } });
    } finally {
      clearInterval(beat);
      this.guests.delete(exchange);
    }
  }
}
