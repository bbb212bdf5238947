// Callers that go on calling, and know what each of their calls should have brought.
import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** Calls a tool from several connections until it is stopped; every call has a text of its own that must come back. */
export class Callers {
  outcomes = { right: 0, wrong: [], refused: {}, broken: [] };
  #name = randomUUID();
  #stopped = false;
  #agent = new http.Agent({ keepAlive: true });
  #workers;
  #next = 0;

  constructor(url, headers, tool, { atOnce = 8, pauseMs = 2 } = {}) {
    this.#workers = Array.from({ length: atOnce }, async () => {
      while (!this.#stopped) {
        await this.#call(url, headers, tool, `${this.#name}-${this.#next++}-`);
        await sleep(pauseMs);
      }
    });
  }

  async stop() {
    this.#stopped = true;
    await Promise.all(this.#workers);
    this.#agent.destroy();
    return this.outcomes;
  }

  async #call(url, headers, tool, text) {
    const body = JSON.stringify({
      jsonrpc: '2.0',
      id: text,
      method: 'tools/call',
      params: { name: tool, arguments: { text } },
    });
    try {
      const answer = JSON.parse(await this.#post(url, headers, body));
      if (answer.error !== undefined && (answer.id === text || answer.id === null)) {
        const reason = answer.error.data?.reason ?? answer.error.message;
        this.outcomes.refused[reason] = (this.outcomes.refused[reason] ?? 0) + 1;
      } else if (answer.id === text && JSON.stringify(answer.result).includes(text)) this.outcomes.right++;
      else this.outcomes.wrong.push(`${text} got ${JSON.stringify(answer).slice(0, 200)}`);
    } catch (error) {
      this.outcomes.broken.push({ text, code: error.code ?? error.message });
      if (error.code === 'ECONNREFUSED') this.#stopped = true;
    }
  }

  #post(url, headers, body) {
    return new Promise((resolve, reject) => {
      const request = http.request(url, { method: 'POST', headers, agent: this.#agent }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => (response.complete ? resolve(text) : reject(new Error('the answer ended early'))));
        response.on('error', reject);
      });
      request.on('error', reject);
      request.end(body);
    });
  }
}
