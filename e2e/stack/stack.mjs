/**
 * A whole environment on loopback: what its manifests render, with real programs, an edge in front, and made-up
 * neighbours outside of the cluster: an identity provider, a database server, embeddings, a Messages API.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { startBackends } from './backends/index.mjs';
import { createCluster } from './cluster.mjs';
import { startEdge } from './edge.mjs';
import { startEmbeddings } from './embeddings.mjs';
import { startIdentity } from './identity.mjs';
import { installed, oauth2ProxyImage, openWebUiImage, openWebUiVersion } from './images.mjs';
import { PEOPLE } from './people.mjs';
import { runJob, startPod } from './pods.mjs';
import { startPostgres } from './postgres.mjs';
import { Programs } from './programs.mjs';
import { nameThatBegins } from './rendered.mjs';
import { startCollector, startPipelines } from './stand-ins.mjs';
import { substitutesOf } from './substitutes.mjs';

const ISSUED = { ANTHROPIC_API_KEY: 'sk-ant-of-this-run', GITHUB_TOKEN: 'github-token-of-this-run', CLIENT_ID: 'chat' };
const WEBUI_IMAGE = 'ghcr.io/open-webui/open-webui';

/** The Deployment of Open WebUI and its container. */
export const webUiOf = ({ objects }) =>
  objects.find(
    ({ kind, spec }) =>
      kind === 'Deployment' && spec.template.spec.containers.some(({ name }) => name === 'open-webui'),
  ).metadata;

/**
 * Starts an environment. `state` is the folder of its volumes, kept for the next one; `secrets` are values of an earlier
 * one to keep, as somebody does who leaves out Secrets that exist. `replicas` of Open WebUI; 0 starts none.
 */
export async function startStack(environment, { folder, state, secrets, replicas = 1, log }) {
  const programs = new Programs(join(folder, 'logs', environment));
  const stops = [];
  const cluster = await createCluster(environment, { state, programs, images: {}, issued: ISSUED, secrets });
  const { addresses, rendered } = cluster;
  const webUi = webUiOf(rendered);
  const stack = {
    standIns: substitutesOf(rendered),
    environment,
    cluster,
    programs,
    rendered,
    addresses,
    secrets: cluster.secrets,
    pods: [],
    stops,
  };
  const killed = () => programs.killAll();
  process.once('exit', killed);
  stack.stop = async () => {
    for (const pod of stack.pods) await pod.stop();
    await programs.stopAll();
    for (const stop of stops.reverse()) await stop();
    process.off('exit', killed);
  };
  try {
    await begin();
    return stack;
  } catch (error) {
    await stack.stop().catch(() => undefined);
    throw error;
  }

  async function begin() {
    mkdirSync(folder, { recursive: true });
    addresses.keep(...publicHosts(rendered));
    stack.embeddings = await startEmbeddings(addresses.another('embeddings'));
    stops.push(stack.embeddings.stop);
    const home = installed('install-open-webui.sh');
    cluster.images[WEBUI_IMAGE] = openWebUiImage({
      home,
      version: openWebUiVersion(home),
      embeddings: stack.embeddings,
    });
    if (cluster.secrets['oauth-config']) await startSignIn(stack);
    const databaseUrl = cluster.secrets['open-webui-secrets']?.DATABASE_URL;
    if (databaseUrl) await startDatabase(stack, databaseUrl);
    await startNeighbours(stack);
    stack.backends = await startBackends({ environment, cluster, folder, log });
    if (databaseUrl) {
      log('the migration job');
      const job = nameThatBegins(rendered, 'Job', `${webUi.name}-migration`);
      stack.migration = await runJob(cluster, { name: job });
    }
    stack.edge = await startEdge(rendered, {
      address: edgeAddress(addresses),
      folder: state,
      backends: (service, port) => {
        const target = addresses.service(service, port);
        return stack.pods.map(({ address }) => ({ host: address, port: target.port }));
      },
    });
    stops.push(stack.edge.stop);
    await startWebUi(stack, replicas, log);
  }
}

/** Starts replicas of Open WebUI, one after the other. */
export async function startWebUi(stack, replicas, log) {
  const { name, namespace } = webUiOf(stack.rendered);
  for (let index = 0; index < replicas; index++) {
    const began = Date.now();
    stack.pods.push(await startPod(stack.cluster, { name, namespace, index }));
    log(`${name}-${index} is ready after ${((Date.now() - began) / 1000).toFixed(1)} s`);
  }
}

async function startSignIn(stack) {
  const { addresses, rendered, cluster, stops } = stack;
  const map = rendered.objects.find(({ kind, data }) => kind === 'ConfigMap' && data?.['alpha-config.yaml']);
  const { issuerURL } = load(map.data['alpha-config.yaml']).providers[0].oidcConfig;
  const [, redirect] = /^redirect_url = "(.+)"$/m.exec(map.data['oauth2-proxy.cfg']);
  const { 'client-id': id, 'client-secret': secret } = cluster.secrets['oauth-config'];
  stack.identity = await startIdentity({
    home: installed('install-browser.sh'),
    address: addresses.another('identity'),
    issuer: issuerURL,
    signOutUrl: signOutUrlOf(rendered),
    client: { id, secret, redirect },
    people: PEOPLE,
  });
  stops.push(stack.identity.stop);
  addresses.outside({ [new URL(issuerURL).host]: stack.identity.url });
  const [program, version] = installed('install-oauth2-proxy.sh').split(' ');
  cluster.images['quay.io/oauth2-proxy/oauth2-proxy'] = oauth2ProxyImage({ program, version });
}

/** Where the app sends who signs out, behind the proxy's own sign-out. */
function signOutUrlOf(rendered) {
  const [, query = ''] = webUiVariable(rendered, 'WEBUI_AUTH_SIGNOUT_REDIRECT_URL')?.split('?') ?? [];
  return new URLSearchParams(query).get('rd') ?? undefined;
}

async function startDatabase(stack, url) {
  const address = stack.addresses.another('database');
  stack.postgres = await startPostgres({
    programs: installed('install-pgvector.sh'),
    address,
    url,
    log: join(stack.programs.logs, 'postgres.log'),
  });
  stack.stops.push(stack.postgres.stop);
  const { host } = new URL(url);
  stack.addresses.outside({ [host]: `${address}:${stack.postgres.port}` });
}

async function startNeighbours(stack) {
  const { addresses, cluster, rendered, stops } = stack;
  const has = (name) => rendered.objects.some(({ kind, metadata }) => kind === 'Deployment' && metadata.name === name);
  const trusted = webUiVariable(rendered, 'FORWARDED_ALLOW_IPS');
  if (trusted?.includes('/')) addresses.networks({ [trusted]: edgeAddress(addresses) });
  if (has('pipelines')) {
    const key = cluster.secrets['pipelines-secrets'].PIPELINES_API_KEY;
    const pipelines = await startPipelines({ ...addresses.service('pipelines', 9099), key });
    stops.push(pipelines.stop);
  }
  if (has('otlp-collector')) {
    stack.collector = await startCollector(addresses.service('otlp-collector', 4317));
    stops.push(stack.collector.stop);
  }
}

const edgeAddress = (addresses) => addresses.another('edge');

function webUiVariable({ objects }, name) {
  const { name: webUi } = webUiOf({ objects });
  const { spec } = objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === webUi);
  return spec.template.spec.containers[0].env.find((variable) => variable.name === name)?.value;
}

/** Names that only a browser asks for: of the Ingress or the routes. */
function publicHosts({ objects }) {
  return objects.flatMap(({ kind, spec }) => {
    if (kind === 'Ingress') return spec.rules.map(({ host }) => host);
    return kind === 'HTTPRoute' ? spec.hostnames : [];
  });
}
