import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');

/**
 * Bundles a program of this repository into one file below .build/: one file starts faster than its modules.
 * @param entry path below the repository's root
 * @returns path of the file
 */
export function bundle(entry) {
  const outfile = path.join(root, '.build', entry.replace(/\.m?ts$/, '.js'));
  buildSync({
    entryPoints: [path.join(root, entry)],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    minifyWhitespace: true,
    minifySyntax: true,
    logLevel: 'warning',
  });
  return outfile;
}
