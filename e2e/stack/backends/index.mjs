/**
 * What stands behind Open WebUI in an environment, as real programs with what its manifests render: Redis, LiteLLM, the
 * Claude service, the gateway and its tool servers. Outside of it stands a Messages API without a model in the place of
 * api.anthropic.com.
 *
 *   const backends = await startBackends({ environment: 'phase2-kind', folder, log: console.log });
 *   backends.names                         // the Deployments that were started
 *   backends.url('litellm')                // http://127.4.2.3:4000
 *   backends.secret('litellm-secrets', 'LITELLM_MASTER_KEY')
 *   await backends.kill9('claude-service'); await backends.start('claude-service'); await backends.restart('litellm');
 *   backends.output('litellm')             // what it wrote since its start; whole logs: <folder>/logs
 *   await backends.model.counted()         // what the Messages API counted
 *   await backends.stop();
 *
 * With `cluster` (see ../cluster.mjs) the backends are part of a larger run, whose images they are added to.
 */
import { join } from 'node:path';
import { createCluster } from '../cluster.mjs';
import { installed } from '../images.mjs';
import { startPod } from '../pods.mjs';
import { Programs, until } from '../programs.mjs';
import { findObject, podTemplate } from '../rendered.mjs';
import { killContainer } from './container-death.mjs';
import { backendImages, bundle, liteLlmInPlaceOf } from './images.mjs';
import { giveTenantItsOwnServer } from './tenants.mjs';

const ANTHROPIC = 'api.anthropic.com';
/** In the order in which they need each other. */
const ROUNDS = [['redis'], ['mcp-filesystem', 'mcp-github'], ['mcp-proxy', 'claude-service', 'litellm']];
const ISSUED = {
  ANTHROPIC_API_KEY: 'sk-ant-of-this-run',
  GITHUB_TOKEN: 'github-token-of-this-run',
};

export async function startBackends({ environment, folder, log = () => {}, cluster: given }) {
  const programs = given?.programs ?? new Programs(join(folder, 'logs'));
  const cluster = given ?? (await createCluster(environment, { state: folder, programs, images: {}, issued: ISSUED }));
  const litellm = installed('install-litellm.sh');
  cluster.images = { ...backendImages(litellm), ...cluster.images };
  log(liteLlmInPlaceOf(containerOf(cluster, 'litellm').image, litellm));
  const rendered = new Set(
    cluster.rendered.objects.filter(({ kind }) => kind === 'Deployment').map(({ metadata }) => metadata.name),
  );
  const beside = [];
  const model = await startModel(cluster, beside);
  cluster.addresses.outside({ [ANTHROPIC]: model.url });
  sendLiteLlmToTheStandIn(cluster, model);
  const servers = await giveTenantItsOwnServer(cluster, { tenant: 'google', log, beside });

  const pods = new Map();
  const start = async (name) => {
    const began = Date.now();
    pods.set(name, await startPod(cluster, { name }));
    log(`${name} is ready after ${((Date.now() - began) / 1000).toFixed(1)} s`);
  };
  const podOf = (name) => {
    if (!pods.has(name)) throw new Error(`${name} does not run: ${[...pods.keys()].join(', ')} do`);
    return pods.get(name);
  };
  const programsOf = (name) => podOf(name).layout.containers.map((container) => podOf(name).program(container));
  const stopOne = (name, signal) => podOf(name).stop(signal);
  try {
    for (const round of ROUNDS) {
      const wanted = round.filter((name) => rendered.has(name));
      if (wanted.length > 0) log(`starting ${wanted.join(', ')}`);
      await Promise.all(wanted.map(start));
    }
  } catch (error) {
    // The programs that did start would outlive a run of their own.
    if (!given) programs.killAll();
    throw error;
  }
  return {
    cluster,
    model,
    names: [...pods.keys()],
    /** Where a tool server of this run tells what it was sent, by tenant. */
    toolServers: {
      ...servers,
      ...(pods.has('mcp-github') && { github: `http://${podOf('mcp-github').address}:8002` }),
    },
    url: (name, port = 'http') => `http://${podOf(name).address}:${portOf(cluster, name, port)}`,
    /** A container as its manifest and image made it: `env`, `command`, `container.folders`. */
    resolved: (name, container = podOf(name).layout.containers[0]) => podOf(name).resolved(container),
    probe: (name, kind) => podOf(name).problem(podOf(name).layout.containers[0], kind),
    secret: (name, key) => cluster.secrets[name][key],
    output: (name) =>
      programsOf(name)
        .map((program) => program.output())
        .join('\n'),
    pid: (name) => programsOf(name)[0].pid,
    start,
    /** As a kubelet ends a pod; answers with the exit code of its program. */
    async end(name) {
      await stopOne(name, 'SIGTERM');
      return programsOf(name)[0].ended;
    },
    async restart(name) {
      await stopOne(name, 'SIGTERM');
      await start(name);
    },
    async kill9(name) {
      for (const program of programsOf(name)) {
        killContainer(program.pid);
        await program.ended;
      }
    },
    async stop() {
      await Promise.all([...pods.keys()].reverse().map((name) => stopOne(name, 'SIGTERM')));
      await Promise.all(beside.map((program) => program.stop()));
    },
  };
}

function containerOf({ rendered }, name) {
  return podTemplate(findObject(rendered, 'Deployment', name)).spec.containers[0];
}

function portOf(cluster, name, port) {
  const found = containerOf(cluster, name).ports.find((one) => one.name === port);
  if (!found) throw new Error(`Deployment ${name} of dist/${cluster.environment} has no port ${port}`);
  return found.containerPort;
}

/** LiteLLM knows Anthropic's address by itself; nothing in the manifest names it. */
function sendLiteLlmToTheStandIn({ images }, { url }) {
  const name = 'ghcr.io/berriai/litellm-non_root';
  const image = images[name];
  images[name] = (context) => {
    const known = image(context);
    return { ...known, env: { ...known.env, ANTHROPIC_API_BASE: url } };
  };
}

async function startModel({ programs, addresses, secrets }, beside) {
  const host = addresses.another(ANTHROPIC);
  const url = `http://${host}:8089`;
  const key = secrets['litellm-secrets'].ANTHROPIC_API_KEY;
  const command = [process.execPath, bundle('claude-service', 'fake-anthropic.js')];
  beside.push(programs.start('anthropic', [...command, '--host', host, '--port', '8089', `--key=${key}`], { env: {} }));
  const read = async (path, method = 'GET') => (await fetch(`${url}/${path}`, { method })).json();
  await until('the stand-in of the Messages API answers', () => read('_counted'), 20);
  return {
    url,
    counted: async () => (await read('_counted')).total,
    requests: () => read('_requests'),
    reset: () => read('_reset', 'POST'),
  };
}
