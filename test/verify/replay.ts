import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { CheckContext } from '../../verify/check';
import { checks } from '../../verify/checks';
import type { Finding } from '../../verify/finding';
import { ApiServer } from '../../verify/kubernetes/api-server';
import { Cluster } from '../../verify/kubernetes/cluster';
import type { KubernetesObject } from '../../verify/kubernetes/object';
import { RenderedEnvironment } from '../../verify/rendered';
import { runChecks } from '../../verify/run-checks';
import { StandInPods } from './stand-in-pods';

// biome-ignore lint/suspicious/noExplicitAny: tests reach into objects of every kind
export type Loose = any;

interface Recorded {
  /** When it was recorded: the certificate in it was a day old at most. */
  readonly at: string;
  readonly rendered: KubernetesObject[];
  readonly answers: { [url: string]: Loose };
}

/**
 * Answers over HTTP what a real API server answered on a good day (e2e/control-plane/record-verify.mjs), until a test
 * changes something.
 */
export class Replay {
  readonly pods: StandInPods;
  /** What the edge shows to a stranger. */
  page: { status: number; location?: string; distrust?: string } | Error = { status: 200 };
  users: { email: string; groups: string[] }[] = [];
  now: number;
  private readonly recorded: Recorded;
  private readonly refusals = new Map<string, number>();
  private readonly server = http.createServer((request, response) => this.serve(request, response));

  constructor(readonly environment: string) {
    const file = path.join(__dirname, 'recorded', `${environment}.generated.json`);
    this.recorded = JSON.parse(fs.readFileSync(file, 'utf8')) as Recorded;
    this.now = Date.parse(this.recorded.at);
    this.pods = new StandInPods(this);
  }

  public get rendered(): RenderedEnvironment {
    return new RenderedEnvironment(this.environment, this.recorded.rendered);
  }

  public async start(): Promise<this> {
    await new Promise<void>((done) => this.server.listen(0, '127.0.0.1', done));
    return this;
  }

  public async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  public get address(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The live objects of a plural, such as `pods`. */
  public live(plural: string): Loose[] {
    return this.recorded.answers[this.urlOf(plural)].items;
  }

  /** The live object whose name begins so. */
  public one(plural: string, name: string): Loose {
    const found = this.live(plural).find(({ metadata }) => metadata.name.startsWith(name));
    if (!found) throw new Error(`nothing of ${plural} begins with ${name}`);
    return found;
  }

  /** The rendered object. */
  public renderedOne(kind: string, name: string): Loose {
    return this.recorded.rendered.find((object) => object.kind === kind && object.metadata.name === name);
  }

  public changeNamespace(metadata: Loose): void {
    const [url] = Object.keys(this.recorded.answers).filter((one) => /^\/api\/v1\/namespaces\/[^/]+$/.test(one));
    Object.assign(this.recorded.answers[url].metadata, metadata);
  }

  /** A kind that was not recorded: the rendered object and the live one. */
  public addKind(plural: string, rendered: Loose, live: Loose): void {
    const { apiVersion, kind } = rendered;
    const { namespace } = this.rendered;
    this.recorded.rendered.push({ ...rendered, metadata: { ...rendered.metadata, namespace } });
    this.recorded.answers[`/apis/${apiVersion}`] = { resources: [{ name: plural, kind, namespaced: true }] };
    this.recorded.answers[`/apis/${apiVersion}/namespaces/${namespace}/${plural}`] = { items: [live] };
  }

  public remove(plural: string, name: string): void {
    const items = this.live(plural);
    items.splice(items.indexOf(this.one(plural, name)), 1);
  }

  /** The API answers so to a plural, or to a whole group such as `/apis/cert-manager.io/v1`. */
  public refuse(pluralOrUrl: string, status: number): void {
    this.refusals.set(pluralOrUrl.startsWith('/') ? pluralOrUrl : this.urlOf(pluralOrUrl), status);
  }

  /** What the named check finds. */
  public async find(name: string): Promise<Finding[]> {
    const [result] = await runChecks(
      this.context(),
      checks.filter((check) => check.name === name),
      { theme: () => {}, finding: () => {} },
    );
    return [...result.findings];
  }

  public context(): CheckContext {
    const { rendered } = this;
    return {
      rendered,
      cluster: new Cluster(
        new ApiServer({ server: this.address, options: async () => ({ agent: false }) }),
        rendered.namespace,
      ),
      pods: this.pods,
      visit: async () => {
        if (this.page instanceof Error) throw this.page;
        return this.page;
      },
      now: () => this.now,
      users: this.users,
    };
  }

  private serve(request: http.IncomingMessage, response: http.ServerResponse): void {
    const url = request.url ?? '';
    const known = this.recorded.answers[url] ? 200 : 404;
    const status = request.method === 'GET' ? (this.refusals.get(url) ?? known) : 405;
    const body = status === 200 ? this.recorded.answers[url] : { kind: 'Status', message: `${status} for ${url}` };
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }

  private urlOf(plural: string): string {
    const url = Object.keys(this.recorded.answers).find(
      (one) => one.includes('/namespaces/') && one.endsWith(`/${plural}`) && !one.includes('metrics'),
    );
    if (!url) throw new Error(`${plural} were not recorded`);
    return url;
  }
}

/** Those of the findings that are not good, as lines. */
export function bad(findings: readonly Finding[]): string[] {
  return findings
    .filter(({ state }) => state !== 'passed')
    .map(({ state, subject, says }) => `${state}: ${subject}: ${says}`);
}
