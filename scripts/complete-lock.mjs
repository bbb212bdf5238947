// Adds to package-lock.json the binaries of other platforms that npm leaves out when the registry at hand does not
// carry them; without them `npm ci` refuses the lock everywhere.
//   node scripts/complete-lock.mjs           adds them
//   node scripts/complete-lock.mjs --check   fails when one is missing
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const file = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'package-lock.json');
const lock = JSON.parse(fs.readFileSync(file, 'utf8'));
const missing = Object.entries(lock.packages).flatMap(([owner, { optionalDependencies = {}, dev, inBundle }]) =>
  // A bundled package brings what it needs with it.
  Object.entries(inBundle ? {} : optionalDependencies)
    .filter(([name]) => !lock.packages[`node_modules/${name}`] && !lock.packages[`${owner}/node_modules/${name}`])
    .map(([name, version]) => ({ name, entry: { version, ...(dev ? { dev } : {}), ...platformOf(name) } })),
);

if (missing.length > 0 && process.argv.includes('--check')) {
  console.error(
    `package-lock.json lacks ${missing.map(({ name }) => name).join(', ')}: run node scripts/complete-lock.mjs.`,
  );
  process.exitCode = 1;
} else if (missing.length > 0) {
  for (const { name, entry } of missing) lock.packages[`node_modules/${name}`] = entry;
  const [root, ...others] = Object.entries(lock.packages);
  lock.packages = Object.fromEntries([root, ...others.sort(([a], [b]) => (a < b ? -1 : 1))]);
  fs.writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
}

/** Packages of binaries name their platform at the end: `cli-linux-x64-musl`. */
function platformOf(name) {
  const [, os, cpu] =
    /(android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32|aix|wasm32)-?(arm64|arm|x64|ia32|ppc64|riscv64|s390x|loong64|mips64el)?/.exec(
      name,
    ) ?? [];
  const libc = name.endsWith('musl') ? 'musl' : name.endsWith('gnu') ? 'glibc' : undefined;
  return {
    optional: true,
    ...(os === 'wasm32' ? { cpu: ['wasm32'] } : { ...(os ? { os: [os] } : {}), ...(cpu ? { cpu: [cpu] } : {}) }),
    ...(libc ? { libc: [libc] } : {}),
  };
}
