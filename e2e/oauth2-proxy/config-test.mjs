// Fills the volumes and Secrets of each rendered oauth2-proxy with made-up values and runs `oauth2-proxy --config-test`.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { rootCertificates } from 'node:tls';
import { parseAllDocuments } from 'yaml';
import { startMemoryRedis } from './memory-redis.mjs';

const [program, version, ...folders] = process.argv.slice(2);

/** Values that oauth2-proxy looks at; any other key gets a word. */
const MADE_UP = {
  'cookie-secret': randomBytes(32).toString('base64url'),
  'ca.crt': rootCertificates[0],
};
const madeUp = (key) => MADE_UP[key] ?? 'made-up';

function manifestsOf(folder) {
  return readdirSync(folder)
    .filter((file) => /\.ya?ml$/.test(file))
    .flatMap((file) => parseAllDocuments(readFileSync(join(folder, file), 'utf8')).map((document) => document.toJS()))
    .filter((manifest) => manifest?.kind);
}

function proxiesOf(manifests) {
  return manifests.flatMap((manifest) => {
    const pod = manifest.spec?.template?.spec;
    const containers = [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])];
    return containers
      .filter(({ args }) => args?.some((arg) => arg.startsWith('--alpha-config=')))
      .map((container) => ({ title: `${manifest.kind} ${manifest.metadata.name}`, pod, container }));
  });
}

/** The files of a volume, by their path in it. */
function filesOf(volume, manifests) {
  if (volume.configMap) {
    const found = manifests.find(
      ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === volume.configMap.name,
    );
    const items = volume.configMap.items ?? Object.keys(found?.data ?? {}).map((key) => ({ key, path: key }));
    return items.map(({ key, path }) => [path, found?.data?.[key] ?? madeUp(key)]);
  }
  if (volume.secret) {
    return volume.secret.items.map(({ key, path }) => [path, madeUp(key)]);
  }
  return (volume.projected?.sources ?? [])
    .filter(({ serviceAccountToken }) => serviceAccountToken)
    .map(({ serviceAccountToken }) => [serviceAccountToken.path, 'made-up']);
}

/** Lays the container's mounts out below a folder of our own and says how its paths read there. */
function layOut({ pod, container }, manifests, root) {
  const mounts = container.volumeMounts.map(({ name, mountPath }) => ({
    mountPath,
    files: filesOf(
      pod.volumes.find((volume) => volume.name === name),
      manifests,
    ),
  }));
  const moved = (text) =>
    mounts.reduce((done, { mountPath }) => done.replaceAll(`${mountPath}/`, `${root}${mountPath}/`), text);
  for (const { mountPath, files } of mounts) {
    for (const [path, content] of files) {
      const target = join(root, mountPath, path);
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, moved(content));
    }
  }
  return moved;
}

function run(args, env) {
  return new Promise((done) => {
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk;
      });
    }
    child.on('close', (code) => done({ code, output }));
  });
}

async function accepts(proxy, manifests, redisPort) {
  const { image, args, env = [] } = proxy.container;
  if (!image.endsWith(`:${version}`)) {
    return {
      code: 1,
      output: `the manifest runs ${image}, this check has ${version}: change go.mod of e2e/oauth2-proxy too`,
    };
  }
  const root = mkdtempSync(join(tmpdir(), 'oauth2-proxy-'));
  try {
    const moved = layOut(proxy, manifests, root);
    const variables = env.map(({ name, value, valueFrom }) => [
      name,
      value === undefined ? madeUp(valueFrom.secretKeyRef.key) : moved(value),
    ]);
    const usesRedis = variables.some(([name]) => name === 'OAUTH2_PROXY_REDIS_PASSWORD');
    return await run(
      [
        ...args.map(moved),
        // The test dials the session store.
        ...(usesRedis ? [`--redis-connection-url=redis://127.0.0.1:${redisPort}/0`] : []),
        '--config-test',
      ],
      Object.fromEntries(variables),
    );
  } finally {
    rmSync(root, { recursive: true });
  }
}

const redis = await startMemoryRedis();
let passed = 0;
let failed = 0;
for (const folder of folders.map((name) => resolve(name))) {
  const manifests = manifestsOf(folder);
  for (const proxy of proxiesOf(manifests)) {
    const { code, output } = await accepts(proxy, manifests, redis.address().port);
    passed += code === 0 ? 1 : 0;
    failed += code === 0 ? 0 : 1;
    console.log(`${basename(folder)}: ${proxy.title}: ${code === 0 ? 'accepted' : `REFUSED\n${output}`}`);
  }
}
redis.close();
if (passed + failed === 0) {
  console.error('no folder has an oauth2-proxy: name a rendered folder that has one, or synthesize first');
}
console.log(`oauth2-proxy ${version}: ${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
