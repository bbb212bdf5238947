import http from 'node:http';
import https from 'node:https';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubernetesObject } from './object';

const ANSWER_SECONDS = 20;
const ATTEMPTS = 5;

/** The API server answered, and the answer is no. */
export class ApiRefusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** The cluster does not serve this kind: its CustomResourceDefinition, or the server behind it, is missing. */
export class UnknownKind extends Error {}

/** Nothing answered at the address of the API server. */
export class Unreachable extends Error {}

/** Where an API server is, and what each request to it carries. */
export interface ApiAddress {
  readonly server: string;
  /** Certificates, tokens and the agent, made anew for each request: tokens expire. */
  options(): Promise<https.RequestOptions>;
}

interface Resource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** Reads from an API server. It has no method that writes. */
export class ApiServer {
  private readonly resources = new Map<string, Promise<readonly Resource[]>>();

  constructor(private readonly address: ApiAddress) {}

  /** The JSON at a path. Errors: `ApiRefusal`, `Unreachable`. */
  public async get<Answer>(path: string): Promise<Answer> {
    const { status, body } = await this.fetchPatiently(path);
    const answer = parse(body);
    if (status < 300 && answer !== undefined) return answer as Answer;
    const message = (answer as { message?: string } | undefined)?.message;
    throw new ApiRefusal(status, message ?? `the API server answered ${status} to ${path}`);
  }

  /** The objects of a kind in a namespace; the kind and version are put into each. Errors: also `UnknownKind`. */
  public async list<Item extends KubernetesObject>(
    apiVersion: string,
    kind: string,
    namespace: string,
  ): Promise<Item[]> {
    const { name } = await this.resource(apiVersion, kind);
    const { items } = await this.get<{ items: Item[] }>(`${root(apiVersion)}/namespaces/${namespace}/${name}`);
    return items.map((item) => ({ ...item, apiVersion, kind }));
  }

  /** An object of a kind without namespaces; nothing when it is not there. */
  public async readClusterWide<Item extends KubernetesObject>(
    apiVersion: string,
    kind: string,
    objectName: string,
  ): Promise<Item | undefined> {
    const { name } = await this.resource(apiVersion, kind);
    try {
      return { ...(await this.get<Item>(`${root(apiVersion)}/${name}/${objectName}`)), apiVersion, kind };
    } catch (error) {
      if (error instanceof ApiRefusal && error.status === 404) return undefined;
      throw error;
    }
  }

  private async resource(apiVersion: string, kind: string): Promise<Resource> {
    let served = this.resources.get(apiVersion);
    if (!served) {
      served = this.get<{ resources: Resource[] }>(root(apiVersion)).then(({ resources }) => resources);
      this.resources.set(apiVersion, served);
    }
    const unknown = () => new UnknownKind(`the cluster does not know ${kind} of ${apiVersion}`);
    const resources = await served.catch((error) => {
      // An aggregated API whose server is down answers 503.
      throw error instanceof ApiRefusal && [404, 503].includes(error.status) ? unknown() : error;
    });
    const resource = resources.find((one) => one.kind === kind && !one.name.includes('/'));
    if (!resource) throw unknown();
    return resource;
  }

  /** A server that is busy, or has just learnt a kind, asks to come back. */
  private async fetchPatiently(path: string): Promise<{ status: number; body: string }> {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.fetch(path);
      if (answer.status !== 429 || attempt === ATTEMPTS) return answer;
      await sleep(1000);
    }
  }

  private async fetch(path: string): Promise<{ status: number; body: string }> {
    const options = await this.address.options();
    const url = new URL(this.address.server + path);
    const { request } = url.protocol === 'http:' ? http : https;
    return new Promise((resolve, reject) => {
      const fail = (error: NodeJS.ErrnoException) =>
        reject(new Unreachable(`${this.address.server} does not answer: ${error.message || error.code}`));
      const sent = request(url, { ...options, timeout: ANSWER_SECONDS * 1000 }, (response) => {
        buffer(response).then(
          (body) => resolve({ status: response.statusCode ?? 0, body: body.toString('utf8') }),
          fail,
        );
      });
      sent.on('timeout', () => sent.destroy(new Error(`no answer within ${ANSWER_SECONDS} seconds`)));
      sent.on('error', fail);
      sent.end();
    });
  }
}

function root(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
