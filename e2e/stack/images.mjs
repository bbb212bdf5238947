// How this machine runs the images that are not ours: their entry points and variables, with programs installed here.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from './rendered.mjs';

/** Runs `.ci/<script>`; answers with the last line, a folder or a program. */
export function installed(script) {
  const output = execFileSync('bash', [join(REPOSITORY, '.ci', script)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return output.trim().split('\n').at(-1);
}

/** The version in an environment that `.ci/install-open-webui.sh` made. */
export function openWebUiVersion(home) {
  return /open-webui-([^/]+)$/.exec(home)[1];
}

/**
 * Open WebUI as its image's start script runs it: uvicorn with HOST, PORT and FORWARDED_ALLOW_IPS.
 * Embeddings come from an OpenAI-compatible server in the place of the model inside the image, which needs torch.
 */
export function openWebUiImage({ home, version, embeddings }) {
  const library = readdirSync(join(home, 'lib')).find((name) => name.startsWith('python3'));
  const packages = join(home, 'lib', library, 'site-packages/open_webui');
  return ({ address, root, container }) => {
    const inImage = join(root, 'image-data');
    mkdirSync(inImage, { recursive: true });
    writeFileSync(join(inImage, 'readme.txt'), 'The image has its data folder here.\n');
    const paths = { '/app/backend/open_webui': packages };
    if (container === 'copy-app-data') paths['/app/backend/data'] = inImage;
    const python = join(root, 'python');
    mkdirSync(python, { recursive: true });
    writeFileSync(join(python, 'sitecustomize.py'), LISTEN_WHERE_THE_POD_IS);
    return {
      version,
      path: `${join(home, 'bin')}:/usr/bin:/bin`,
      paths,
      command: ['sh', '-c', START],
      env: {
        HOST: address,
        PORT: '8080',
        PYTHONPATH: python,
        ADDRESS_OF_THE_POD: address,
        ENV: 'prod',
        // The package's own switch for its folders; the image has its web pages elsewhere.
        FROM_INIT_PY: 'true',
        DATA_DIR: '/app/backend/data',
        ANONYMIZED_TELEMETRY: 'false',
        DO_NOT_TRACK: 'true',
        SCARF_NO_ANALYTICS: 'true',
        RAG_EMBEDDING_ENGINE: 'openai',
        RAG_OPENAI_API_BASE_URL: embeddings.url,
        RAG_OPENAI_API_KEY: embeddings.key,
      },
    };
  };
}

/** A script that listens on all addresses of its pod: here those are not all addresses of the machine. */
const LISTEN_WHERE_THE_POD_IS = `import os, socketserver
bind = socketserver.TCPServer.server_bind
def server_bind(self):
    if self.server_address[0] == "":
        self.server_address = (os.environ["ADDRESS_OF_THE_POD"], self.server_address[1])
    bind(self)
socketserver.TCPServer.server_bind = server_bind
`;

const START = `exec uvicorn open_webui.main:app --host "$HOST" --port "$PORT" \
--forwarded-allow-ips "\${FORWARDED_ALLOW_IPS:-*}" --workers "\${UVICORN_WORKERS:-1}"`;

/** Valkey, or Debian's Redis in its place, which reads the same configuration. It listens where the pod is. */
export function valkeyImage({ server, client }) {
  return ({ address, own, root }) => {
    const bin = join(root, 'bin');
    mkdirSync(bin, { recursive: true });
    script(join(bin, 'valkey-server'), `exec ${server} "$@" --bind ${address} ${own}`);
    script(join(bin, 'valkey-cli'), `exec ${client} "$@"`);
    return { path: `${bin}:/usr/bin:/bin`, command: ['valkey-server'], env: {} };
  };
}

export function oauth2ProxyImage({ program, version }) {
  return () => ({ version, path: '/usr/bin:/bin', command: [program], env: {} });
}

function script(file, line) {
  writeFileSync(file, `#!/bin/sh\n${line}\n`);
  chmodSync(file, 0o755);
}

/** The first of these programs that is on the machine. */
export function programNamed(...names) {
  for (const name of names) {
    try {
      return execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
    } catch {
      // The next one.
    }
  }
  throw new Error(`none of ${names.join(', ')} is installed`);
}
