// The bundled services, built when they are missing or older than what they are made of.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const repository = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..');
const folderOf = (service) => path.join(repository, 'services', service);

export const bundles = {
  gateway: path.join(folderOf('mcp-proxy'), 'dist/main.js'),
  claude: path.join(folderOf('claude-service'), 'dist/main.js'),
  fakeAnthropic: path.join(folderOf('claude-service'), 'dist/fake-anthropic.js'),
};

/** Builds the services that need it; `say` gets a word about each. */
export async function buildBundles(say) {
  for (const service of ['mcp-proxy', 'claude-service']) {
    if (isCurrent(service)) continue;
    say(`building services/${service}`);
    await build(service);
  }
}

function isCurrent(service) {
  const folder = folderOf(service);
  const bundle = path.join(folder, 'dist/main.js');
  const list = path.join(folder, 'dist/bundle.json');
  if (!existsSync(bundle) || !existsSync(list)) return false;
  const built = statSync(bundle).mtimeMs;
  const sources = [...Object.keys(JSON.parse(readFileSync(list, 'utf8')).inputs), ...fakeAnthropicIn(folder)];
  return sources.every((source) => {
    // A source that is gone was renamed or deleted since.
    const found = statSync(path.join(folder, source), { throwIfNoEntry: false });
    return found !== undefined && found.mtimeMs <= built;
  });
}

/** The fake server's sources: it is a bundle of its own, which the list does not cover. */
function fakeAnthropicIn(folder) {
  const sources = path.join(folder, 'fake-anthropic');
  return existsSync(sources) ? readdirSync(sources).map((file) => path.join('fake-anthropic', file)) : [];
}

function build(service) {
  const child = spawn('npm', ['run', '--silent', 'build', '-w', `services/${service}`], {
    cwd: repository,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`services/${service} does not build, the reason is above. After "npm ci", try again.`));
    });
  });
}
