// Whether a wrong name in a manifest ends the run: each case breaks the rendered objects in one place and names what the
// message must name. Starts no program.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { takeAddresses } from './addresses.mjs';
import { startEdge } from './edge.mjs';
import { findObject, layOutPod, madeUpSecrets, movePaths, readRendered } from './rendered.mjs';
import { createReport } from './report.mjs';
import { expand } from './variables.mjs';

const report = createReport();
const secrets = {
  'phase2-kind': await madeUpSecrets('phase2-kind'),
  'aks-production': await madeUpSecrets('aks-production'),
};

/** Lays out a pod of an environment after `spoil(objects)`; answers with its containers. */
async function layOut(environment, name, spoil = () => undefined) {
  const rendered = readRendered(environment);
  const pod = findObject(rendered, 'Deployment', name).spec.template.spec;
  spoil({ rendered, pod, container: pod.containers[0] });
  const root = mkdtempSync(join(tmpdir(), 'e2e-self-test-'));
  try {
    const addresses = await takeAddresses(rendered);
    addresses.keep('openwebui.local', 'chat.company.com', 'login.company.com');
    addresses.outside({ 'openwebui-pg-prod.postgres.database.azure.com': '127.0.0.2:5432' });
    addresses.networks({ '10.225.8.0/24': '127.0.0.2' });
    const replace = addresses.replacerFor(name);
    const layout = layOutPod(rendered, { kind: 'Deployment', name, secrets: secrets[environment], root, replace });
    const containers = Object.fromEntries(
      [...layout.initContainers, ...layout.containers].map((one) => [one, layout.container(one)]),
    );
    const read = (container, path) => readFileSync(containers[container].path(path), 'utf8');
    const files = { alpha: containers['oauth-proxy'] && read('oauth-proxy', '/etc/oauth2-proxy/alpha-config.yaml') };
    return { containers, addresses, files };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

const variable = ({ env }, name) => env.find((one) => one.name === name);

const BREAKS = [
  [
    'a Service that does not exist',
    'phase2-kind',
    'openwebui',
    ({ container }) => {
      variable(container, 'OPENAI_API_BASE_URLS').value = 'http://litelm-service:4000/v1';
    },
    /litelm-service is neither a Service/,
  ],
  [
    'a port that the Service does not have',
    'phase2-kind',
    'openwebui',
    ({ container }) => {
      variable(container, 'OPENAI_API_BASE_URLS').value = 'http://litellm-service:4001/v1';
    },
    /litellm-service .*has no port 4001/,
  ],
  [
    'a Service whose selector fits no pod',
    'phase2-kind',
    'openwebui',
    ({ rendered }) => {
      findObject(rendered, 'Service', 'litellm-service').spec.selector['app.kubernetes.io/name'] = 'lite';
    },
    /litellm-service .*selects no pod/,
  ],
  [
    'a Secret that does not exist',
    'phase2-kind',
    'openwebui',
    ({ container }) => {
      variable(container, 'WEBUI_SECRET_KEY').valueFrom.secretKeyRef.name = 'openwebui-secret';
    },
    /Secret openwebui-secret,/,
  ],
  [
    'a key that the Secret does not have',
    'aks-production',
    'open-webui',
    ({ container }) => {
      variable(container, 'DATABASE_URL').valueFrom.secretKeyRef.key = 'DATABASE';
    },
    /DATABASE_URL wants the key DATABASE of Secret open-webui-secrets/,
  ],
  [
    'a file that the Secret does not have',
    'phase2-kind',
    'openwebui',
    ({ pod }) => {
      pod.volumes.find(({ secret }) => secret).secret.items[0].key = 'cookie';
    },
    /wants the key cookie of Secret oauth-config/,
  ],
  [
    'a ConfigMap that does not exist',
    'phase2-kind',
    'litellm',
    ({ pod }) => {
      pod.volumes.find(({ configMap }) => configMap).configMap.name = 'litellm';
    },
    /has no ConfigMap litellm;/,
  ],
  [
    'a mount without a volume',
    'phase2-kind',
    'litellm',
    ({ container }) => {
      container.volumeMounts[0].name = 'temp';
    },
    /there is no volume temp/,
  ],
  [
    'a host of a configuration file',
    'phase2-kind',
    'litellm',
    ({ rendered }) => {
      const map = findObject(rendered, 'ConfigMap', 'litellm-config');
      map.data['config.yaml'] = map.data['config.yaml'].replace('host: redis', 'host: rediss');
    },
    /rediss is neither a Service/,
  ],
  [
    'a network of proxies that nobody knows',
    'aks-production',
    'open-webui',
    ({ container }) => {
      variable(container, 'FORWARDED_ALLOW_IPS').value = '10.0.0.0/8';
    },
    /trusts 10\.0\.0\.0\/8/,
  ],
];

for (const [what, environment, name, spoil, message] of BREAKS) {
  await report.check(`ends the run: ${what}`, () => assert.rejects(layOut(environment, name, spoil), message));
}

await report.check('ends the run: an edge that leads to a Service that does not exist', async () => {
  const rendered = readRendered('phase2-kind');
  rendered.objects.find(({ kind }) => kind === 'Ingress').spec.rules[0].http.paths[0].backend.service.name = 'webui';
  const addresses = await takeAddresses(rendered);
  const backends = (service, port) => [addresses.service(service, port)];
  const edge = startEdge(rendered, { address: addresses.another('edge'), folder: tmpdir(), backends });
  await assert.rejects(edge, /webui is neither a Service/);
});

await report.check('variables expand as Kubernetes expands them', () => {
  const known = { A: '1', B: '$(A)' };
  assert.equal(expand('$(A) $$(A) $(C) $A $$ $(B)', known), '1 $(A) $(C) $A $ $(A)');
});
await report.check('paths are moved where they begin and end', () => {
  const folders = { '/data': '/x/data', '/data/inner': '/y' };
  assert.equal(
    movePaths('/data /data/inner/f /app/data /database "/data"', folders),
    '/x/data /y/f /app/data /database "/x/data"',
  );
});
await report.check('the address of a pod and what it calls 127.0.0.1 are two', async () => {
  const { containers, addresses, files } = await layOut('phase2-kind', 'openwebui');
  const { address, own } = addresses.pod('openwebui');
  assert.equal(containers['open-webui'].env.HOST, own);
  assert.equal(addresses.service('openwebui-service', 8080).port, 4180);
  assert.match(files.alpha, new RegExp(`bindAddress: ${address}:4180`));
  assert.match(files.alpha, new RegExp(`uri: http://${own}:8080/`));
});
process.exitCode = report.finish();
