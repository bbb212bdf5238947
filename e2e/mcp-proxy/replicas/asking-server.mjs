// A server with a handshake that asks in the middle of a call and goes on telling afterwards, or never answers at all.
import { setTimeout as sleep } from 'node:timers/promises';

const ROUNDS = { ask: 1, ask_twice: 2, ask_then_wait: 1, ask_then_hang: 1, hang: 0 };
const TOOLS = [...Object.keys(ROUNDS), 'echo'];
/** How long `ask_then_wait` takes after its answer. */
const WAIT_MS = 3_000;
/** Time in which progress and result do not leave in one piece. */
const SHORT_MS = 100;

/**
 * Starts it, a ScriptedUpstream. By the text in a call's arguments, `answered` tells which calls got an answer to a
 * question, `closed` which were given up by the gateway.
 */
export async function startAskingServer({ ScriptedUpstream, tool, textResult }) {
  const answered = new Set();
  const closed = new Set();
  const answers = new Map();
  let question = 0;
  const server = await ScriptedUpstream.start({ tools: TOOLS.map((name) => tool(name)) });

  server.misbehave = ({ message, params }, response) => {
    const waiting = message.method === undefined && answers.get(message.id);
    if (waiting) {
      response.writeHead(202).end();
      waiting(message.result);
      return true;
    }
    if (message.method !== 'tools/call' || params.name === 'echo') return false;
    void run(message, params, response);
    return true;
  };

  async function run({ id }, { name, arguments: { text }, _meta: meta }, response) {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    let isDone = false;
    response.once('close', () => !isDone && closed.add(text));
    const say = (value) => response.write(`data: ${JSON.stringify({ jsonrpc: '2.0', ...value })}\n\n`);
    const ask = (words) =>
      new Promise((resolve) => {
        const own = `question-${++question}`;
        answers.set(own, resolve);
        say({ id: own, method: 'elicitation/create', params: { message: words, requestedSchema: {} } });
      });
    const said = [];
    for (let round = 1; round <= ROUNDS[name]; round++) {
      const reply = await ask(`Round ${round} of ${text}?`);
      answered.add(text);
      said.push(reply?.content?.answer ?? 'no answer');
      const progress = { progressToken: meta?.progressToken, progress: round };
      if (meta?.progressToken !== undefined) say({ method: 'notifications/progress', params: progress });
    }
    if (name.endsWith('hang')) return;
    await sleep(name === 'ask_then_wait' ? WAIT_MS : SHORT_MS);
    isDone = true;
    say({ id, result: textResult(said.join(' ')) });
    response.end();
  }

  return { url: server.url, answered, closed, stop: () => server.stop(), calls: () => server.count('tools/call') };
}
