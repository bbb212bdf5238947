// The fixtures of the gateway's tests, for programs that jest does not run.
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** Bundles services/mcp-proxy/test/fixtures and loads it. */
export async function loadFixtures() {
  const outfile = path.join(root, '.build/mcp-proxy-fixtures/index.js');
  await build({
    entryPoints: [path.join(root, 'services/mcp-proxy/test/fixtures/index.ts')],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
  });
  return createRequire(import.meta.url)(outfile);
}

/** Builds the gateway as the image has it; gives the file's path. */
export function buildGateway() {
  execFileSync('npm', ['run', '--silent', 'build', '-w', 'services/mcp-proxy'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return path.join(root, 'services/mcp-proxy/dist/main.js');
}

/** Installs the official tools and tells where they are. */
export function installTools() {
  const home = execFileSync(path.join(root, '.ci/install-mcp-tools.sh'), {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim();
  const of = (name, file) => path.join(home, 'node_modules/@modelcontextprotocol', name, file);
  return { node: path.join(home, 'node'), conformance: of('conformance', 'dist/index.js'), home };
}
