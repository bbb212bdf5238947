import { execFile, spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const STARTUP_SECONDS = 90;
const KUBECTL_SECONDS = 120;

/**
 * An etcd, a kube-apiserver and a kube-controller-manager on loopback, with an empty store. There is no scheduler and
 * no kubelet: pods are created by the controllers, pass admission, and stay Pending.
 */
export class Cluster {
  #bin;
  #folder = mkdtempSync(join(tmpdir(), 'control-plane-'));
  #servers = [];

  /** @param bin folder with etcd, kube-apiserver, kube-controller-manager and kubectl */
  constructor(bin) {
    this.#bin = bin;
  }

  /** Resolves when the API answers and the controllers work; rejects with the end of the server's log otherwise. */
  async start() {
    const [etcdPort, peerPort, apiPort] = await freePorts(3);
    const etcd = `http://127.0.0.1:${etcdPort}`;
    const peer = `http://127.0.0.1:${peerPort}`;
    this.#serve('etcd', [
      `--data-dir=${this.#path('etcd')}`,
      `--listen-client-urls=${etcd}`,
      `--advertise-client-urls=${etcd}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=default=${peer}`,
      '--unsafe-no-fsync',
    ]);

    const key = this.#write(
      'service-accounts.key',
      generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs1', format: 'pem' }),
    );
    const token = randomBytes(24).toString('hex');
    // Admission plugins are left at Kubernetes' own defaults, as on AKS: PodSecurity, ResourceQuota, LimitRanger,
    // Priority and ServiceAccount are among them, and self-test.sh proves that each refuses.
    this.#serve('kube-apiserver', [
      `--etcd-servers=${etcd}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      `--secure-port=${apiPort}`,
      `--cert-dir=${this.#path('certificates')}`,
      `--token-auth-file=${this.#write('tokens.csv', `${token},tester,tester,system:masters\n`)}`,
      '--authorization-mode=Node,RBAC',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${key}`,
      `--service-account-signing-key-file=${key}`,
      '--service-cluster-ip-range=10.96.0.0/16',
      '--allow-privileged=true',
    ]);
    // JSON is YAML, so the kubeconfig can be written as what it is.
    this.#write(
      'kubeconfig',
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [
          {
            name: 'local',
            cluster: {
              server: `https://127.0.0.1:${apiPort}`,
              'certificate-authority': this.#path('certificates/apiserver.crt'),
            },
          },
        ],
        users: [{ name: 'tester', user: { token } }],
        contexts: [{ name: 'local', context: { cluster: 'local', user: 'tester' } }],
        'current-context': 'local',
      }),
    );
    await this.#until('the API server is ready', ['get', '--raw=/readyz']);

    this.#serve('kube-controller-manager', [
      `--kubeconfig=${this.#path('kubeconfig')}`,
      `--service-account-private-key-file=${key}`,
      `--root-ca-file=${this.#path('certificates/apiserver.crt')}`,
      '--use-service-account-credentials',
      '--leader-elect=false',
      '--secure-port=0',
      // 15 s by default: an autoscaler lifts its Deployment to minReplicas at the first round.
      '--horizontal-pod-autoscaler-sync-period=1s',
    ]);
    await this.#until('the controllers work', ['get', 'serviceaccount', 'default', '--namespace=default']);
  }

  /**
   * Runs kubectl against this cluster.
   * @returns the exit code and both outputs; never rejects for a kubectl that failed
   */
  kubectl(args, input = '') {
    return new Promise((resolve) => {
      const child = execFile(
        join(this.#bin, 'kubectl'),
        args,
        {
          env: { ...process.env, KUBECONFIG: this.#path('kubeconfig'), KUBECACHEDIR: this.#path('cache') },
          maxBuffer: 64 * 1024 * 1024,
          timeout: KUBECTL_SECONDS * 1000,
        },
        (error, stdout, stderr) => resolve({ code: error ? (error.code ?? 1) : 0, stdout, stderr }),
      );
      child.stdin.end(input);
    });
  }

  /** The objects of a kind in every namespace; rejects when the API refuses. */
  async list(kind) {
    const { code, stdout, stderr } = await this.kubectl(['get', kind, '--all-namespaces', '--output=json']);
    if (code !== 0) throw new Error(`kubectl get ${kind}: ${stderr}`);
    return JSON.parse(stdout).items;
  }

  /** Ends the servers, waits until they are gone and removes all they wrote. */
  async stop() {
    await Promise.all(
      this.#servers.map(({ child, gone }) => {
        child.kill('SIGKILL');
        return gone;
      }),
    );
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #path(name) {
    return join(this.#folder, name);
  }

  #write(name, content) {
    writeFileSync(this.#path(name), content, { mode: 0o600 });
    return this.#path(name);
  }

  #serve(name, args) {
    const log = this.#path(`${name}.log`);
    const output = openSync(log, 'w');
    const child = spawn(join(this.#bin, name), args, { stdio: ['ignore', output, output], cwd: this.#folder });
    closeSync(output);
    this.#servers.push({ name, child, log, gone: new Promise((resolve) => child.once('close', resolve)) });
  }

  async #until(what, args) {
    for (const end = Date.now() + STARTUP_SECONDS * 1000; Date.now() < end; await sleep(200)) {
      const dead = this.#servers.find(({ child }) => child.exitCode !== null || child.signalCode !== null);
      if (dead) throw new Error(`${dead.name} ended before ${what}:\n${lastLines(dead.log)}`);
      if ((await this.kubectl(args)).code === 0) return;
    }
    const { name, log } = this.#servers.at(-1);
    throw new Error(`after ${STARTUP_SECONDS} s it is still not so that ${what}; ${name} says:\n${lastLines(log)}`);
  }
}

function lastLines(file) {
  return readFileSync(file, 'utf8').split('\n').slice(-15).join('\n');
}

/** All ports are held before one is released, so that the same one is not given twice. */
async function freePorts(count) {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise((resolve, reject) => {
          const server = createServer().once('error', reject);
          server.listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
