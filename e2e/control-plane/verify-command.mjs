import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

const root = resolve(import.meta.dirname, '../..');

/**
 * Bundles `npm run verify` into a folder.
 * @returns runs it with arguments; answers with its exit code and output, never rejects for a verification that failed
 */
export async function bundleVerify(folder) {
  const outfile = join(folder, 'verify.js');
  await build({
    entryPoints: [join(root, 'verify/main.mts')],
    bundle: true,
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
    outfile,
  });
  return (args) =>
    new Promise((done) => {
      execFile(process.execPath, [outfile, ...args], { cwd: root }, (error, stdout, stderr) =>
        done({ code: error ? (error.code ?? 1) : 0, stdout, stderr }),
      );
    });
}
