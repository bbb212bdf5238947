// The engine `agent-sdk` with the real package, against the fake Messages API. The package is proprietary and no
// dependency, so that this installs it into a temporary folder, or takes the folder given as the first argument.
import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const VERSION = '0.3';
const folder = process.argv[2] ?? mkdtempSync(join(tmpdir(), 'agent-sdk-'));
if (!process.argv[2]) {
  const install = [
    'install',
    '--no-audit',
    '--no-fund',
    '--prefix',
    folder,
    `@anthropic-ai/claude-agent-sdk@${VERSION}`,
  ];
  execFileSync('npm', install, { stdio: 'inherit' });
}
const here = dirname(fileURLToPath(import.meta.url));
const outfile = join(folder, 'harness.js');
buildSync({ entryPoints: [join(here, 'harness.ts')], bundle: true, platform: 'node', target: 'node20', outfile });
execFileSync(process.execPath, [outfile], { stdio: 'inherit' });
