// The property test of the isolation over 100,000 random worlds; `npm test` has 2,000 of them. About five minutes.
import { spawnSync } from 'node:child_process';
import { root } from './fixtures.mjs';

const { status } = spawnSync('npx', ['jest', 'services/mcp-proxy/test/security/isolation'], {
  cwd: root,
  env: { ISOLATION_WORLDS: '100000', ...process.env },
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
