// Writes what is really in a service's bundle as a CycloneDX 1.5 document, run in the folder of the service:
// `npm run build`, then `npm run --silent sbom`.
// `npm sbom` would list what is installed, which is both more and less.
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const service = process.cwd();
const { inputs } = JSON.parse(readFileSync(join(service, 'dist/bundle.json'), 'utf8'));
const own = JSON.parse(readFileSync(join(service, 'package.json'), 'utf8'));

/** The folder of the package that a file belongs to: what follows the last `node_modules`. */
function packageFolder(path) {
  const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path);
  return match ? resolve(service, match[1]) : undefined;
}

const folders = new Set(Object.keys(inputs).flatMap((path) => packageFolder(path) ?? []));
const components = [...folders]
  .filter((folder) => existsSync(join(folder, 'package.json')))
  .map((folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')))
  .map(({ name, version, license }) => {
    const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
    const licenses = typeof license === 'string' ? [{ expression: license }] : [];
    return { type: 'library', 'bom-ref': purl, name, version, purl, licenses };
  })
  .sort((a, b) => (a.purl < b.purl ? -1 : 1));

const document = {
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  version: 1,
  metadata: { component: { type: 'application', name: own.name, version: own.version } },
  components,
};
process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
