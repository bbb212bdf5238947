// Writes constructs/platform/schema/kubernetes.generated.json: the core kinds of Kubernetes 1.30 out of
// cdk8s-plus-30/.jsii and the custom resources of imports/crds, in the short form that manifest-schema.ts reads.
//   node scripts/generate-schema.mjs           rewrites the file
//   node scripts/generate-schema.mjs --check   fails when the committed file is stale
// Left out on purpose: `status` (the cluster writes it) and CEL rules; the CEL rules that matter to what this library
// renders stand in constructs/platform/manifest-rules/.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { addCustomResource } from './schema-from-crd.mjs';
import { addCoreKinds } from './schema-from-jsii.mjs';
import { TypeTable } from './type-table.mjs';
import { writeOrCheck } from './write-or-check.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const crdsFolder = path.join(root, 'imports', 'crds');

const table = new TypeTable();
addCoreKinds(table);
for (const file of fs.readdirSync(crdsFolder).sort()) {
  if (file.endsWith('.yaml')) addCustomResource(table, fs.readFileSync(path.join(crdsFolder, file), 'utf8'));
}
writeOrCheck(
  path.join(root, 'constructs', 'platform', 'schema', 'kubernetes.generated.json'),
  table.toText(),
  'npm run schema',
);
