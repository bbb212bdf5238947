// Prints a part of the rendered Redis container, so that the shell script runs what the manifests say:
//   node e2e/redis/container.mjs <file> configuration | start | probe
import fs from 'node:fs';
import { loadAll } from 'js-yaml';

const [file, part] = process.argv.slice(2);
const objects = loadAll(fs.readFileSync(file, 'utf8'));
const container = objects.find(({ kind }) => kind === 'Deployment').spec.template.spec.containers[0];
const parts = {
  configuration: () => objects.find(({ kind }) => kind === 'ConfigMap').data['valkey.conf'],
  start: () => container.args[0],
  probe: () => container.readinessProbe.exec.command[2],
};
process.stdout.write(parts[part]());
