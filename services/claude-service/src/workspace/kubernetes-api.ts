import { readFileSync } from 'node:fs';
import { Agent, request } from 'undici';
import { ConfigurationError } from '../../../runtime/settings';

/** Where Kubernetes puts what a pod needs to speak with its API. */
const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
/** Unit: milliseconds. */
const LONGEST_ANSWER_MS = 15_000;

export interface KubernetesAccess {
  /** Base URL of the API server. */
  readonly url: string;
  /** Asked for at each request: the kubelet renews it. */
  readonly token: () => string;
  /** Certificates of the API server in PEM. @default - those of the system */
  readonly ca?: string;
}

/** An answer of the API server that is no success. */
export class KubernetesError extends Error {
  constructor(
    public readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** The API server as the service's own pod reaches it. Error: `ConfigurationError` outside of a pod. */
export function accessFromPod(env: NodeJS.ProcessEnv): KubernetesAccess {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env;
  const read = (file: string) => readFileSync(`${ACCOUNT}/${file}`, 'utf8').trim();
  try {
    read('token');
    if (!host || !port) {
      throw new Error('KUBERNETES_SERVICE_HOST is not set');
    }
    const name = host.includes(':') ? `[${host}]` : host;
    return { url: `https://${name}:${port}`, token: () => read('token'), ca: read('ca.crt') };
  } catch (error) {
    throw new ConfigurationError([
      `ISOLATION makes a pod for each session, and the API of Kubernetes cannot be used (${(error as Error).message}): run in a pod with the token that the construct mounts, or write process`,
    ]);
  }
}

/** A small client of the Kubernetes API: JSON there and back. */
export class KubernetesApi {
  /** For connections of other kinds to the same server. */
  public readonly connections: Agent;

  constructor(public readonly access: KubernetesAccess) {
    this.connections = new Agent({ connect: access.ca ? { ca: access.ca } : {}, headersTimeout: LONGEST_ANSWER_MS });
  }

  /** Error: `KubernetesError`, with the sentence of the API server. */
  public async call<T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<T> {
    const { statusCode, body: answer } = await request(`${this.access.url}${path}`, {
      method,
      dispatcher: this.connections,
      headers: { ...this.headers(), ...(body ? { 'content-type': 'application/json' } : {}) },
      body: body && JSON.stringify(body),
    });
    const text = await answer.text();
    if (statusCode >= 300) {
      throw new KubernetesError(statusCode, messageOf(text) || `the API server answered ${statusCode}`);
    }
    return JSON.parse(text) as T;
  }

  public headers(): { readonly [name: string]: string } {
    return { authorization: `Bearer ${this.access.token()}`, accept: 'application/json' };
  }

  public close(): Promise<void> {
    return this.connections.destroy();
  }
}

function messageOf(text: string): string {
  try {
    return String((JSON.parse(text) as { message?: unknown }).message ?? '');
  } catch {
    return '';
  }
}
