import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Rule } from './script';
import { startFakeAnthropic } from './server';

const HELP = `A Messages API without a model: scripted, deterministic, counting.

  node fake-anthropic.js [--port 8089] [--host 127.0.0.1] [--key KEY] [--script rules.json]
                         [--context-window TOKENS]

  --key      the only key that is let in; without it, any key
  --context-window  longest prompt that is taken; 1000000 without it
  --script   rules: [{"when": "<regular expression>", "replies": [{"text": "..."}]}]

GET /_counted   tokens and cost by model      POST /_script   new rules
GET /_requests  what was asked                POST /_reset    forgets requests and figures
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '8089' },
      host: { type: 'string', default: '127.0.0.1' },
      key: { type: 'string' },
      script: { type: 'string' },
      'context-window': { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const script: Rule[] = values.script ? JSON.parse(readFileSync(values.script, 'utf8')) : [];
  const { host, key, 'context-window': window } = values;
  const contextWindow = window === undefined ? undefined : Number(window);
  const { url } = await startFakeAnthropic({ port: Number(values.port), host, key, script, contextWindow });
  process.stdout.write(`Listening on ${url}\n`);
  process.once('SIGTERM', () => process.exit(0));
}

main().catch((error: Error) => {
  process.stderr.write(`fake-anthropic: ${error.message}\n`);
  process.exit(78);
});
