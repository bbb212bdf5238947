// `npm run demo`: the two services with real MCP servers and a fake model, with nothing but Node.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildBundles } from './bundles.mjs';
import { Programs } from './programs.mjs';
import { startStack, userToken } from './stack.mjs';

const HELP = `Starts the MCP gateway with two real MCP servers, and the Claude service with a fake model, on free ports of
this machine; prints three commands to paste into another terminal. Ctrl-C ends it and removes what it wrote.

Usage: npm run demo

Needs Node 20 or newer, "npm ci", and curl to paste the commands. No key, no account, no network.
`;

const QUESTION = 'Write a note, then add 17 and 25.';
/** What the fake model does when it is asked this. What its tools answer is real. */
const RULES = [
  {
    when: 'add 17 and 25',
    replies: [
      { text: 'First the note. ', tools: [{ name: 'bash', input: { command: 'echo "17 + 25" | tee note.txt' } }] },
      {
        text: 'Now the sum, by a tool of the gateway. ',
        tools: [{ name: 'mcp_google_get-sum', input: { a: 17, b: 25 } }],
        delayMs: 40,
      },
      { text: 'Done: the note is in my folder, and both tools answered above.', delayMs: 40 },
    ],
  },
];

const [argument] = process.argv.slice(2);
if (argument === '--help') {
  process.stdout.write(HELP);
} else if (argument !== undefined) {
  process.stderr.write(`demo: "${argument}" is not known; there is only --help.\n`);
  process.exitCode = 64;
} else {
  await demo();
}

async function demo() {
  const begin = performance.now();
  const say = (line) => console.log(`${((performance.now() - begin) / 1000).toFixed(1).padStart(6)} s  ${line}`);
  const folder = mkdtempSync(path.join(tmpdir(), 'demo-'));
  const programs = new Programs(folder);
  const stopped = new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, resolve);
  });
  try {
    await Promise.race([run({ begin, say, folder, programs }), stopped]);
  } catch (error) {
    process.stderr.write(`demo: ${error.message}\n`);
    process.exitCode = 1;
  }
  await programs.stop();
  rmSync(folder, { recursive: true, force: true });
  console.log(`\nEnded; ${folder} is removed.`);
  // A build may still be running when it is interrupted.
  process.exit();
}

async function run({ say, folder, programs }) {
  await buildBundles(say);
  const { gateway, claude, tokenSecret } = await startStack({ programs, folder, rules: RULES, say });
  const file = (name, header) => {
    const at = path.join(folder, name);
    writeFileSync(at, `${header}\n`, { mode: 0o600 });
    return `-H "@${at}"`;
  };
  const gatewayKey = file('gateway-key', `authorization: Bearer ${gateway.key}`);
  const claudeKey = file('claude-key', `authorization: Bearer ${claude.key}`);
  const alice = file('alice', `x-openwebui-user-jwt: ${userToken('alice@google.com', tokenSecret)}`);
  file('bob', `x-openwebui-user-jwt: ${userToken('bob@microsoft.com', tokenSecret)}`);
  const either = alice.replace(/alice"$/, '$who"');
  const asked = { model: 'claude-amber-session', stream: true, messages: [{ role: 'user', content: QUESTION }] };
  console.log(`
Ready. Paste these into another terminal, one after the other. The keys and the users' tokens are in ${folder}.

# The tools of alice@google.com, then those of bob@microsoft.com: each sees only their own tenant's.
for who in alice bob; do echo "$who:"; curl -s ${gatewayKey} ${either} ${gateway.url}/tools | grep -o '"name":"[^"]*"'; done

# Both call the same tool: Alice gets 42, Bob is refused.
for who in alice bob; do echo "$who:"; curl -s ${gatewayKey} ${either} -d '{"a":17,"b":25}' ${gateway.url}/google_get-sum; echo; done

# A Claude session of Alice's, streamed. It runs a command in its folder, and the gateway's tool with Alice's rights.
curl -sN ${claudeKey} ${alice} -H "x-openwebui-chat-id: demo" -H "content-type: application/json" -d '${JSON.stringify(asked)}' ${claude.url}/v1/chat/completions

Ctrl-C ends it and removes the folder.`);
  await programs.broken;
}
