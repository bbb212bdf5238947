// The property test of the isolation over 100,000 random worlds; `npm test` has 2,000 of them. Each core takes a share
// with a seed of its own, which the test's title tells; ISOLATION_SEED and ISOLATION_WORLDS repeat one share.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import os from 'node:os';
import { root } from './fixtures.mjs';

const WORLDS = 100_000;
const repeated = process.env.ISOLATION_SEED !== undefined;
const shares = repeated ? 1 : os.availableParallelism();
const seed = Date.now() % 2 ** 30;

const codes = await Promise.all(
  Array.from({ length: shares }, async (_, share) => {
    const drawn = { ISOLATION_WORLDS: String(Math.ceil(WORLDS / shares)), ISOLATION_SEED: String(seed + share) };
    const child = spawn('npx', ['jest', 'services/mcp-proxy/test/security/isolation'], {
      cwd: root,
      env: { ...drawn, ...process.env },
      stdio: 'inherit',
    });
    const [code] = await once(child, 'exit');
    return code ?? 1;
  }),
);
process.exitCode = Math.max(...codes);
