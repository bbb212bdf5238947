import https from 'node:https';
import { buffer } from 'node:stream/consumers';

/** The API server of a `Cluster`, asked directly: a process for each of a hundred writes would take a minute. */
export class RawApi {
  #server;
  #options;

  constructor(kubeconfig) {
    const { clusters, users } = JSON.parse(kubeconfig);
    const { server, 'certificate-authority-data': authority } = clusters[0].cluster;
    this.#server = server;
    this.#options = {
      ca: Buffer.from(authority, 'base64'),
      headers: { authorization: `Bearer ${users[0].user.token}`, accept: 'application/json' },
    };
  }

  /** Of a cluster that was started. */
  static async of(cluster) {
    const { code, stdout, stderr } = await cluster.kubectl(['config', 'view', '--raw', '--flatten', '--output=json']);
    if (code !== 0) throw new Error(`kubectl config view: ${stderr}`);
    return { api: new RawApi(stdout), kubeconfig: stdout };
  }

  get(path) {
    return this.#send('GET', path);
  }

  create(path, object) {
    return this.#send('POST', path, object, 'application/json');
  }

  /** Lists in the change replace those that are there. */
  merge(path, change) {
    return this.#send('PATCH', path, change, 'application/merge-patch+json');
  }

  #send(method, path, body, type) {
    return new Promise((resolve, reject) => {
      const headers = { ...this.#options.headers, ...(type ? { 'content-type': type } : {}) };
      const request = https.request(this.#server + path, { ...this.#options, method, headers }, async (response) => {
        const text = (await buffer(response)).toString('utf8');
        if (response.statusCode < 300) resolve(JSON.parse(text));
        else reject(new Error(`${method} ${path}: ${response.statusCode} ${text.slice(0, 500)}`));
      });
      request.on('error', reject);
      request.end(body && JSON.stringify(body));
    });
  }
}
