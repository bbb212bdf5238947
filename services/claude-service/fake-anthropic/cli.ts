import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Rule } from './script';
import { startFakeAnthropic } from './server';

const HELP = `A Messages API without a model: scripted, deterministic, counting.

  node fake-anthropic.js [--port 8089] [--host 127.0.0.1] [--key KEY] [--script rules.json]

  --key      the only key that is let in; without it, any key
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
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const script: Rule[] = values.script ? JSON.parse(readFileSync(values.script, 'utf8')) : [];
  const { url } = await startFakeAnthropic({ port: Number(values.port), host: values.host, key: values.key, script });
  process.stdout.write(`Listening on ${url}\n`);
  process.once('SIGTERM', () => process.exit(0));
}

main().catch((error: Error) => {
  process.stderr.write(`fake-anthropic: ${error.message}\n`);
  process.exit(78);
});
