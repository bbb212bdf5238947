// The official conformance suite, directly at the fixture server and through the gateway: every scenario must end alike,
// down to its warnings, and those that a revision requires must pass.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { buildGateway, installTools, loadFixtures } from './fixtures.mjs';
import { startHeaderProxy } from './header-proxy.mjs';
import { runSuite } from './suite.mjs';

const REQUIRED = { '2025-11-25': 30, '2026-07-28': 37 };
const USER = { email: 'alice@example.com', groups: ['testers'] };

const NO_CODE = 'an older server says in a result that the client cannot be asked: it has no error code for it';

/** Checks that no translation between the two families of versions can pass, by the run. */
const IMPOSSIBLE = {
  '2026-07-28 before an older server': {
    'sep-2322-elicitation-incomplete': 'the question of an older server has no key, and the suite wants its own',
    'sep-2575-server-rejects-undeclared-capability': NO_CODE,
    'sep-2575-missing-capability-http-400': NO_CODE,
  },
};

/** What can be asked at /mcp as it is: the other scenarios name tools or prompts, which have a prefix there. */
const NAMELESS =
  /^(server-initialize|logging-set-level|ping|tools-list|resources-.*|sep-2164-.*|prompts-list|dns-.*|caching)$/;

const { GatewayProcess, startConformanceServer, headersOf } = await loadFixtures();
const tools = installTools();
const program = buildGateway();
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mcp-conformance-'));

let [passed, failed, runs] = [0, 0, 0];
function report(good, line) {
  if (good) passed++;
  else failed++;
  console.log(`${good ? '  ok  ' : 'FAILED'} ${line}`);
}

const run = (url, revision) => runSuite(tools, url, revision, path.join(folder, String(runs++)));

/** Compares what a scenario says in two runs. What no revision requires yet is told, not judged. */
function compare(label, direct, through, only = /./) {
  for (const [name, expected] of direct) {
    if (!only.test(name)) continue;
    const found = through.get(name) ?? { passed: false, faults: [] };
    const excused = found.faults.filter(({ id }) => IMPOSSIBLE[label]?.[id] !== undefined);
    const faults = found.faults.filter((fault) => !excused.includes(fault));
    const passed = found.passed || (excused.length > 0 && faults.every(({ status }) => status !== 'FAILURE'));
    const known = new Set(expected.faults.map(({ id }) => id));
    const news = faults.filter(({ id }) => !known.has(id));
    const same = passed === expected.passed && news.length === 0 && faults.length === expected.faults.length;
    if (expected.scored) report(same && expected.passed, `${label}: ${name}`);
    else if (!same) console.log(`  note ${label}: ${name}, which is not scored, ends differently`);
    for (const { id } of excused) console.log(`  note ${label}: ${id} is not judged: ${IMPOSSIBLE[label][id]}`);
    for (const { id, status, errorMessage } of news) console.log(`         ${status} ${id}: ${errorMessage}`);
  }
}

/** Starts a server that speaks these versions, and a gateway before it; gives the URLs of both. */
async function withGateway(eras, use) {
  const upstream = await startConformanceServer(eras);
  let gateway;
  const proxy = await startHeaderProxy(
    () => gateway.url,
    () => {
      const { authorization, 'x-openwebui-user-jwt': token, 'x-openwebui-user-groups': groups } = headersOf(USER);
      return { authorization, 'x-openwebui-user-jwt': token, 'x-openwebui-user-groups': groups };
    },
  );
  const origin = `http://127.0.0.1:${proxy.port}`;
  try {
    gateway = await GatewayProcess.start({
      program,
      tenants: [{ tenant_id: 'suite', mcp_endpoint: upstream.url, allowed_groups: ['testers'] }],
      // The suite calls as a browser on the same machine would, too.
      variables: { ALLOWED_ORIGINS: origin },
    });
    await use(upstream.url, `${origin}/mcp`);
  } finally {
    proxy.close();
    await gateway?.stop();
    await upstream.close();
  }
}

try {
  const direct = {};
  await withGateway('both', async (upstream, gateway) => {
    for (const [revision, required] of Object.entries(REQUIRED)) {
      direct[revision] = await run(upstream, revision);
      const scored = [...direct[revision].values()].filter((scenario) => scenario.scored && scenario.passed);
      report(
        scored.length === required,
        `${revision}: directly, ${scored.length} of ${required} scored scenarios pass`,
      );
      compare(`${revision} at /mcp/{tenant}`, direct[revision], await run(`${gateway}/suite`, revision));
      compare(`${revision} at /mcp`, direct[revision], await run(gateway, revision), NAMELESS);
    }
  });
  for (const [eras, name] of [
    ['before 2026', 'an older server'],
    ['2026 only', 'a newer server'],
  ]) {
    await withGateway(eras, async (_, gateway) => {
      for (const revision of Object.keys(REQUIRED)) {
        compare(`${revision} before ${name}`, direct[revision], await run(`${gateway}/suite`, revision));
      }
    });
  }
} finally {
  fs.rmSync(folder, { recursive: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
