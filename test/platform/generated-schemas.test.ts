import { spawnSync } from 'node:child_process';
import path from 'node:path';

const ROOT = path.join(__dirname, '..', '..');

/** jsii compiles the whole public API, and that takes longer than most tests. */
const PATIENCE = 120_000;

it.each([
  ['the objects that are written', 'generate-schema.mjs'],
  ['the props, and the public API is one that jsii takes', 'generate-props-schema.mjs'],
  ['the constructs of imports/', 'import-crds.mjs'],
])(
  'the committed table is what its sources give: %s',
  (_, script) => {
    const { status, stderr } = spawnSync(process.execPath, [path.join(ROOT, 'scripts', script), '--check'], {
      encoding: 'utf8',
    });
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  },
  PATIENCE,
);
