import fs from 'node:fs';
import path from 'node:path';
import { ApiObject, App, Chart } from 'cdk8s';
import { DatabaseBackup, DatabaseRestore } from '../../constructs/backup/database-backup';
import { OpenWebUiRelease } from '../../constructs/open-webui-release';

interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly fieldRef: { readonly fieldPath: string } };
}

// Writes what the two database jobs are given into a folder: their files, their environment and their command.
// Usage: rendered.js <folder> <port of the server>
const [folder, port] = process.argv.slice(2);

const chart = new Chart(new App({ outdir: folder }), 'chart', { namespace: 'openwebui' });
const database = { host: '127.0.0.1', port: Number(port), database: 'openwebui', user: 'webui' };
const release = new OpenWebUiRelease(chart, 'open-webui', { database });
const databaseUrl = release.secret.keys.find(({ key }) => key === 'DATABASE_URL');
if (!databaseUrl) {
  throw new Error('the release has no key DATABASE_URL');
}
const backup = new DatabaseBackup(chart, 'dump', {
  database,
  databaseUrl,
  usedBy: release,
  keep: 2,
});
const restore = new DatabaseRestore(chart, 'restore', { backup });

for (const job of [backup, restore]) {
  const target = path.join(folder, job.name);
  fs.mkdirSync(target);
  const { data } = (job.node.findChild('Script') as ApiObject).toJson();
  for (const [file, content] of Object.entries<string>(data)) {
    fs.writeFileSync(path.join(target, file), content);
  }
  const object = job.node
    .findAll()
    .find((one): one is ApiObject => one instanceof ApiObject && /Job$/.test(one.kind))
    ?.toJson();
  const { template } = (object.spec.jobTemplate ?? object).spec;
  const [{ env, command }] = template.spec.containers;
  const value = (variable: Variable): string => {
    const annotation = /'(.+)'/.exec(variable.valueFrom?.fieldRef.fieldPath ?? '')?.[1];
    return annotation ? template.metadata.annotations[annotation] : (variable.value ?? '');
  };
  const lines = env.map((variable: Variable) => `${variable.name}=${value(variable)}\n`);
  fs.writeFileSync(path.join(target, 'env'), lines.join(''));
  fs.writeFileSync(path.join(target, 'command'), command.join(' '));
}
