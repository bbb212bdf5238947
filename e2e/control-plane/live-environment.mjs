import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { Cluster } from './cluster.mjs';
import { neededDefinitions, readManifests } from './manifests.mjs';
import { RawApi } from './raw-api.mjs';
import { answerForOthers, definitionsOfOthers, measure } from './stand-in-controllers.mjs';
import { addNode, bringToLife } from './stand-in-node.mjs';
import { missingPods } from './workloads.mjs';

const root = resolve(import.meta.dirname, '../..');

/** An environment of dist/, applied to a control plane of its own, for whoever wants to look at it as a live cluster. */
export class LiveEnvironment {
  #cluster;
  #work = mkdtempSync(join(tmpdir(), 'live-environment-'));
  #say;

  /** @param bin folder with etcd, kube-apiserver, kube-controller-manager and kubectl */
  constructor(bin, environment, say) {
    this.#cluster = new Cluster(bin);
    this.#say = say;
    this.folder = join(root, 'dist', environment);
    this.objects = readManifests(this.folder);
    this.namespace = this.objects.find(({ kind }) => kind === 'Namespace').metadata.name;
    this.kubeconfig = join(this.#work, 'kubeconfig');
    const args = ['run', '--silent', 'secrets', '--', environment];
    const text = execFileSync('npm', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    /** Secrets for development: never the same twice. */
    this.secrets = parseAllDocuments(text).map((document) => document.toJS());
  }

  /** Everything is applied and the controllers have made every pod; nothing runs, and there are no Secrets. */
  async apply() {
    this.#say('starting etcd, kube-apiserver and kube-controller-manager');
    await this.#cluster.start();
    const { api, kubeconfig } = await RawApi.of(this.#cluster);
    this.api = api;
    writeFileSync(this.kubeconfig, kubeconfig, { mode: 0o600 });
    this.#say(`applying ${this.objects.length} objects`);
    const definitions = [...neededDefinitions(join(root, 'imports/crds'), this.objects), ...definitionsOfOthers];
    await this.#must(['create', '--filename=-'], definitions.map((one) => JSON.stringify(one)).join('\n'));
    const names = definitions.map(({ metadata }) => `crd/${metadata.name}`);
    await this.#must(['wait', '--for=condition=Established', '--timeout=30s', ...names]);
    await this.#must(['apply', '--filename', this.folder]);
    const missing = await missingPods(this.#cluster);
    if (missing.length > 0) throw new Error(missing.join('\n'));
  }

  /**
   * Adds the Secrets, and all that nodes and the controllers of others would say on a good day.
   * @param kubeletPort where exec and port-forward are served; by default nowhere
   */
  async bringToLife(kubeletPort) {
    this.#say('bringing its pods to life');
    // Where data is moved, the old namespace has Secrets as well.
    const others = new Set(
      this.secrets.map(({ metadata }) => metadata.namespace).filter((name) => name !== this.namespace),
    );
    for (const name of others) await this.api.create('/api/v1/namespaces', { metadata: { name } });
    await this.#must(['apply', '--filename=-'], this.secrets.map((secret) => JSON.stringify(secret)).join('\n'));
    const [host] = this.objects.flatMap(hostsOf);
    await answerForOthers(this.api, this.namespace, host);
    await measure(this.api, this.namespace);
    await addNode(this.api, kubeletPort);
    await bringToLife(this.api, this.namespace);
  }

  /** A kubeconfig of somebody who may look at everything but Secrets, and may not enter a pod. */
  async viewer() {
    const at = `/api/v1/namespaces/${this.namespace}/serviceaccounts`;
    await this.api.create(at, { metadata: { name: 'viewer' } });
    await this.api.create(`/apis/rbac.authorization.k8s.io/v1/namespaces/${this.namespace}/rolebindings`, {
      metadata: { name: 'viewer' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
      subjects: [{ kind: 'ServiceAccount', name: 'viewer', namespace: this.namespace }],
    });
    const { status } = await this.api.create(`${at}/viewer/token`, { spec: {} });
    const config = JSON.parse(readFileSync(this.kubeconfig, 'utf8'));
    config.users[0].user = { token: status.token };
    const file = join(this.#work, 'viewer');
    writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
    return file;
  }

  async stop() {
    await this.#cluster.stop();
    rmSync(this.#work, { recursive: true, force: true });
  }

  async #must(args, input) {
    const { code, stderr } = await this.#cluster.kubectl(args, input);
    if (code !== 0) throw new Error(`kubectl ${args[0]}: ${stderr}`);
  }
}

function hostsOf({ kind, spec }) {
  if (kind === 'Ingress') return spec.rules.map(({ host }) => host);
  return kind === 'Gateway' ? spec.listeners.flatMap(({ hostname }) => hostname ?? []) : [];
}
