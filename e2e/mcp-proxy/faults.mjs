// What happens to calls while something breaks: under load, with the built gateway, counted call by call.
import { setTimeout as sleep } from 'node:timers/promises';
import { Callers } from './callers.mjs';
import { buildGateway, loadFixtures } from './fixtures.mjs';
import { startSlowClients } from './slow-clients.mjs';

const { GatewayProcess, ScriptedUpstream, headersOf, legacy, request, tenantsFile, textResult } = await loadFixtures();
const program = buildGateway();
const ALICE = { email: 'alice@example.com', groups: ['testers'] };
const headers = headersOf(ALICE);

let [passed, failed] = [0, 0];
function report(good, line, detail) {
  if (good) passed++;
  else failed++;
  console.log(`${good ? '  ok  ' : 'FAILED'} ${line}${good ? '' : `: ${JSON.stringify(detail)}`}`);
}

const total = (counts) => Object.values(counts).reduce((sum, count) => sum + count, 0);
const only = (counts, ...reasons) => Object.keys(counts).every((reason) => reasons.includes(reason));
const spotless = ({ wrong, broken, refused }) => wrong.length === 0 && broken.length === 0 && total(refused) === 0;

/** How often each call ran at its server. */
const runs = new Map();
const call = async ({ params }) => {
  runs.set(params.arguments.text, (runs.get(params.arguments.text) ?? 0) + 1);
  await sleep(5);
  return textResult(params.arguments.text);
};
const sick = await ScriptedUpstream.start({ call });
const well = await ScriptedUpstream.start({ call });
const tenant = (tenant_id, { url }, more = {}) => ({
  tenant_id,
  mcp_endpoint: url,
  allowed_groups: ['testers'],
  ...more,
});
const tenants = [tenant('sick', sick, { timeout_ms: 1000, credential: { key: 'SICK' } }), tenant('well', well)];

/** Runs callers of both tenants while `trouble` goes on. */
async function during(gateway, trouble) {
  const ill = new Callers(`${gateway.url}/mcp`, headers, 'sick_echo');
  const fine = new Callers(`${gateway.url}/mcp`, headers, 'well_echo');
  await sleep(300);
  await trouble();
  await sleep(300);
  return { ill: await ill.stop(), fine: await fine.stop() };
}

const ask = async (gateway, tool) => {
  const { messages, status } = await request(`${gateway.url}/mcp`, {
    headers,
    body: legacy('tools/call', { name: tool, arguments: { text: 'x' } }),
  });
  return { status, answer: messages[0] };
};
/** Milliseconds until `check` holds. */
async function within(milliseconds, check) {
  const from = performance.now();
  while (performance.now() - from < milliseconds) {
    if (await check()) return performance.now() - from;
    await sleep(20);
  }
  return undefined;
}
const answers = (gateway, tool) => async () => (await ask(gateway, tool)).answer?.result !== undefined;

/** The breaker opens for five seconds, and lets one call through then. */
async function comesBack(what) {
  const time = await within(15_000, answers(gateway, 'sick_echo'));
  const line = `an upstream ${what} is used again when it is well`;
  report(
    time !== undefined,
    time === undefined ? line : `${line} (after ${(time / 1000).toFixed(1)} s)`,
    '15 s were not enough',
  );
}

let gateway = await GatewayProcess.start({ program, tenants, secrets: { SICK: 'first-credential' } });
const { port } = new URL(gateway.url);
const head = `POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: ${headers.authorization}\r\nContent-Type: application/json\r\n`;
const slowHeaders = startSlowClients(gateway.url, 100, head, 'X-Slow: 1\r\n');
const slowBodies = startSlowClients(gateway.url, 100, `${head}Content-Length: 1000\r\n\r\n{`, ' ');

try {
  const port = sick.port;
  const death = await during(gateway, async () => {
    await sick.stop();
    await sleep(1_000);
    await sick.listen(port);
  });
  report(
    death.ill.wrong.length + death.ill.broken.length === 0 &&
      death.ill.right > 0 &&
      total(death.ill.refused) > 0 &&
      only(death.ill.refused, 'unreachable', 'circuit-open'),
    'an upstream that dies: its callers hear that it is away',
    death.ill,
  );
  report(spotless(death.fine), 'an upstream that dies: the other tenant does not notice', death.fine);
  await comesBack('that died');

  const hang = await during(gateway, async () => {
    sick.misbehave = ({ message }) => message.method === 'tools/call';
    await sleep(2_500);
    sick.misbehave = () => false;
  });
  report(
    hang.ill.wrong.length + hang.ill.broken.length === 0 &&
      total(hang.ill.refused) > 0 &&
      only(hang.ill.refused, 'timeout', 'circuit-open', 'busy'),
    "an upstream that hangs: its callers hear so after the tenant's time",
    hang.ill,
  );
  report(spotless(hang.fine), 'an upstream that hangs: the other tenant does not notice', hang.fine);
  await comesBack('that hung');

  const amnesia = await during(gateway, async () => {
    for (let round = 0; round < 10; round++) {
      sick.sessions.clear();
      await sleep(50);
    }
  });
  report(spotless(amnesia.ill), 'an upstream that forgets its sessions ten times: no call fails', amnesia.ill);
  const garbage = await during(gateway, async () => {
    sick.misbehave = ({ message }, response) => {
      if (message.method !== 'tools/call') return false;
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 500 }).write('{"jsonrpc":"2.0",');
      setTimeout(() => response.destroy(), 20);
      return true;
    };
    await sleep(500);
    sick.misbehave = () => false;
  });
  report(
    garbage.ill.wrong.length + garbage.ill.broken.length === 0 && total(garbage.ill.refused) > 0,
    'an upstream that lies about its length: its callers get an error each',
    garbage.ill,
  );
  report(
    spotless(garbage.fine),
    'an upstream that lies about its length: the other tenant does not notice',
    garbage.fine,
  );
  await comesBack('that lied');

  const generation = async () => JSON.stringify(await (await fetch(`${gateway.url}/health`)).json());
  const good = await generation();
  const files = [
    ['no JSON', '{"sick": {'],
    ['nothing', ''],
    ['an unknown key', tenantsFile([{ ...tenants[0], allow_everyone: true }])],
    ['a glob that is too wide', tenantsFile([tenant('sick', sick, { allowed_users: ['*@*'] })])],
  ];
  for (const [what, text] of files) {
    const pushed = await during(gateway, async () => {
      gateway.config.replace({ 'tenants.json': text });
      await sleep(700);
    });
    report(
      spotless(pushed.ill) && spotless(pushed.fine),
      `a tenants.json with ${what} pushed live: calls go on as before`,
      pushed,
    );
  }
  report(
    (await generation()) !== good && /refus|fault/i.test(await generation()),
    'a broken tenants.json shows in /health',
    { good, now: await generation() },
  );

  gateway.config.replace({ 'tenants.json': tenantsFile([tenants[1], tenant('fresh', sick)]) });
  const swapped = await within(5_000, answers(gateway, 'fresh_echo'));
  report(swapped !== undefined, `a good tenants.json takes effect (after ${(swapped / 1000).toFixed(1)} s)`);
  const gone = await ask(gateway, 'sick_echo');
  report(gone.answer?.error?.message === 'Access Denied', 'a tenant that was taken away is gone', gone);
  gateway.config.replace({ 'tenants.json': tenantsFile(tenants) });
  await within(5_000, answers(gateway, 'sick_echo'));

  const rotated = await during(gateway, async () => {
    gateway.secrets.replace({ SICK: 'second-credential' });
    await within(5_000, async () => sick.hits.at(-1)?.headers.authorization === 'Bearer second-credential');
  });
  report(
    spotless(rotated.ill) && sick.hits.some(({ headers: got }) => got.authorization === 'Bearer second-credential'),
    'a credential is rotated live: no call fails, the new one is sent',
    rotated.ill,
  );

  const [withHeaders, withBodies] = [await Promise.all(slowHeaders), await Promise.all(slowBodies)];
  report(
    Math.max(...withHeaders) < 20,
    `100 clients that never end their headers are sent away (after ${Math.max(...withHeaders).toFixed(0)} s)`,
    withHeaders,
  );
  report(
    Math.max(...withBodies) < 45,
    `100 clients that never end their body are sent away (after ${Math.max(...withBodies).toFixed(0)} s)`,
    withBodies,
  );

  for (let round = 1; round <= 3; round++) {
    const from = well.hits.length;
    const callers = new Callers(`${gateway.url}/mcp`, headers, 'well_echo', { atOnce: 32, pauseMs: 0 });
    await sleep(700);
    gateway.signal('SIGTERM');
    const code = await gateway.exit();
    const { wrong, broken, refused, right } = await callers.stop();
    const executed = new Set(well.hits.slice(from).map(({ params }) => params.arguments?.text));
    const lost = broken.filter(({ text }) => executed.has(text));
    report(code === 0, `SIGTERM under load, round ${round}: the gateway ends with 0`, { code });
    report(
      right > 20 && wrong.length === 0 && lost.length === 0 && total(refused) === 0,
      `SIGTERM under load, round ${round}: ${right} calls answered, none lost, none wrong (${broken.length} came too late and did not run)`,
      { wrong, lost, refused },
    );
    await gateway.stop();
    gateway = await GatewayProcess.start({ program, tenants, secrets: { SICK: 'first-credential' } });
  }
  // The single calls of `ask` all have the same text.
  const twice = [...runs].filter(([text, times]) => text !== 'x' && times > 1);
  report(twice.length === 0, `of ${runs.size} calls none ran twice`, twice.slice(0, 5));
} finally {
  await gateway.stop();
  await sick.stop();
  await well.stop();
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
