// Bundles a TypeScript program of this repository and runs it: `node scripts/run.mjs <entry> [argument …]`.
import { createRequire } from 'node:module';
import process from 'node:process';
import { bundle } from './bundle.mjs';

const [entry, ...args] = process.argv.slice(2);
if (entry === undefined) {
  console.error('Usage: node scripts/run.mjs <entry> [argument …]');
  process.exit(64);
}
const file = bundle(entry);
process.argv = [process.execPath, file, ...args];
createRequire(import.meta.url)(file);
