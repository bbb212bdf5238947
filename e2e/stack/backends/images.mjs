// How this machine runs the images behind Open WebUI: our two services from their bundles, LiteLLM from PyPI, the tool
// servers from npm.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { programNamed, valkeyImage } from '../images.mjs';
import { REPOSITORY } from '../rendered.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const NODE = dirname(process.execPath);
const PATH = `${NODE}:/usr/bin:/bin`;

/** By the image's name without its tag. `litellm` is the folder of `.ci/install-litellm.sh`. */
export function backendImages(litellm) {
  return {
    'docker.io/valkey/valkey': valkeyImage({
      server: programNamed('valkey-server', 'redis-server'),
      client: programNamed('valkey-cli', 'redis-cli'),
    }),
    'ghcr.io/berriai/litellm-non_root': liteLlmImage(litellm),
    'ghcr.io/company/claude-service': serviceImage('claude-service'),
    'ghcr.io/company/mcp-proxy': serviceImage('mcp-proxy'),
    'ghcr.io/company/mcp-filesystem': bridgedImage(),
    'ghcr.io/github/github-mcp-server': toolServerImage(),
  };
}

export function bundle(service, file = 'main.js') {
  const path = join(REPOSITORY, 'services', service, 'dist', file);
  if (!existsSync(path)) throw new Error(`${path} is missing: run "npm run build -w services/${service}" first`);
  return path;
}

/** What runs in the place of the manifest's LiteLLM. PyPI lacks some releases that exist as images; another line will not do. */
export function liteLlmInPlaceOf(image, home) {
  const lineOf = (text) => /(\d+\.\d+)\.\d+$/.exec(text)?.[1];
  if (lineOf(home) !== lineOf(image)) {
    throw new Error(`the manifest runs ${image}, ${home} is of another line: change .ci/install-litellm.sh`);
  }
  return `LiteLLM ${home.split('-').at(-1)} from PyPI in the place of ${image}`;
}

function liteLlmImage(home) {
  return ({ address }) => ({
    path: `${join(home, 'bin')}:/usr/bin:/bin`,
    command: [join(home, 'bin/litellm')],
    // The pod's /tmp is a folder of this run.
    env: { TMPDIR: '/tmp' },
    args: ['--host', address],
  });
}

/** With the variables of its Containerfile. */
function serviceImage(service) {
  return ({ address }) => ({
    path: PATH,
    command: [process.execPath, bundle(service)],
    env: { HOST: address, NODE_ENV: 'production', NODE_COMPILE_CACHE: '/tmp/node-compile-cache', HOME: '/tmp' },
  });
}

/** The npm packages `mcp-proxy` and `server-filesystem`, which this image holds. */
function bridgedImage() {
  return () => ({ path: `${join(REPOSITORY, 'node_modules/.bin')}:${PATH}`, command: [], env: {} });
}

/** In the place of GitHub's server, which no registry here has: it takes the same arguments. */
function toolServerImage() {
  return ({ address }) => ({
    path: PATH,
    command: [process.execPath, join(HERE, 'tool-server.mjs'), '--host', address, '--needs-credential'],
    env: {},
  });
}
