import http from 'node:http';

type JsonObject = { [key: string]: unknown };

/** A POST whose answer is read message by message, as it comes. */
export class EventReader {
  private readonly waiting: ((message: JsonObject | undefined) => void)[] = [];
  private readonly messages: (JsonObject | undefined)[] = [];
  private text = '';

  private constructor(
    private readonly outgoing: http.ClientRequest,
    public readonly response: http.IncomingMessage,
  ) {
    const isStream = response.headers['content-type'] === 'text/event-stream';
    response.setEncoding('utf8');
    response.on('data', (chunk) => {
      this.text += chunk;
      if (!isStream) return;
      const events = this.text.split('\n\n');
      this.text = events.pop() ?? '';
      for (const event of events) {
        const data = event.split('\n').find((line) => line.startsWith('data: '));
        if (data) this.push(JSON.parse(data.slice(6)));
      }
    });
    response.on('end', () => {
      if (!isStream && this.text !== '') this.push(JSON.parse(this.text));
      this.push(undefined);
    });
    response.on('error', () => this.push(undefined));
  }

  public static open(
    url: string,
    headers: { [name: string]: string },
    body: string,
    agent: http.Agent | false = false,
  ): Promise<EventReader> {
    return new Promise((resolve, reject) => {
      const outgoing = http.request(url, { method: 'POST', headers, agent });
      outgoing.on('response', (response) => resolve(new EventReader(outgoing, response)));
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }

  /** The next message; nothing after the last. */
  public next(): Promise<JsonObject | undefined> {
    if (this.messages.length > 0) return Promise.resolve(this.messages.shift());
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** The first message that fits; fails when there is none. */
  public async until(fits: (message: JsonObject) => boolean): Promise<JsonObject> {
    for (let message = await this.next(); message; message = await this.next()) if (fits(message)) return message;
    throw new Error('the stream ended');
  }

  /** Leaves in the middle. */
  public leave(): void {
    this.outgoing.destroy();
  }

  private push(message: JsonObject | undefined): void {
    const waiting = this.waiting.shift();
    if (waiting) waiting(message);
    else this.messages.push(message);
  }
}
