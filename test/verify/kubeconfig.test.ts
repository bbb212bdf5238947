import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const ROOT = path.join(__dirname, '..', '..');
const inPod = fs.existsSync('/var/run/secrets/kubernetes.io/serviceaccount/token');

test('without a kubeconfig, verify says so and where it looked; a pod has a cluster without one', () => {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'home-'));
  const run = path.join(ROOT, 'scripts', 'run.mjs');
  const { status, stderr } = spawnSync(process.execPath, [run, 'verify/main.mts', 'aks-production'], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, HOME: home },
    encoding: 'utf8',
  });
  fs.rmSync(home, { recursive: true });
  const looked = path.join(home, '.kube', 'config');
  const missing = `No kubeconfig was found: KUBECONFIG is not set and there is no ${looked}. Name the file with --kubeconfig.\n`;
  expect(stderr).toEqual(inPod ? expect.not.stringContaining('No kubeconfig') : missing);
  expect(status).toBe(2);
});
