/**
 * The cluster's addresses on loopback: Linux answers on all of 127/8, so each pod has an address of its own there and
 * every program listens on the port that its manifest says.
 *
 *   const addresses = await takeAddresses(rendered);
 *   addresses.outside({ 'api.anthropic.com': 'http://127.4.2.99:41234' });   // hosts that are not in the cluster
 *   addresses.pod('litellm').address              // '127.4.2.3': where its ports are reached; have it listen there
 *   addresses.pod('openwebui').own                // '127.4.2.130': what the pod itself calls 127.0.0.1
 *   addresses.service('litellm-service', 4000)    // { address, port }: the pod behind the Service, its target port
 *   const replace = addresses.replacerFor('openwebui');                      // for layOutPod({ replace })
 *
 * One table, service and host → loopback. It replaces `scheme://<service>[.<namespace>[.svc[.cluster.local]]][:port]`,
 * `127.0.0.1[:port]`, `0.0.0.0[:port]` and `:port`, YAML's `host: <service>`, and the variables HOST and *_HOST(S). A name in
 * an address that is not in the table is an error by name: a typing error in a manifest ends the run.
 * `keep(host)` leaves a host as it is, for names that only a browser resolves.
 */
import { createServer } from 'node:net';
import { podTemplate } from './rendered.mjs';

const WORKLOADS = ['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob'];
const INSIDE = 128;
const OWN = new Set(['127.0.0.1', 'localhost', '[::1]']);
const ANY = '0.0.0.0';

export async function takeAddresses(rendered) {
  return new Addresses(rendered, await freeNetwork());
}

class Addresses {
  #pods = new Map();
  #services = new Map();
  #outside = new Map();
  #kept = new Set();
  // A program that does not choose its address calls from 127.0.0.1.
  #known = new Map([['127.0.0.1', '127.0.0.1']]);
  #next = 1;

  constructor(rendered, network) {
    this.environment = rendered.environment;
    this.network = network;
    const workloads = rendered.objects.filter(({ kind }) => WORKLOADS.includes(kind));
    for (const { metadata } of workloads) this.pod(metadata.name);
    for (const service of rendered.objects.filter(({ kind }) => kind === 'Service')) {
      const { name, namespace } = service.metadata;
      const behind = workloads.filter((workload) => selects(service, workload));
      const entry = { service, workloads: behind, pods: behind.map(({ metadata }) => metadata.name) };
      for (const suffix of ['', `.${namespace}`, `.${namespace}.svc`, `.${namespace}.svc.cluster.local`]) {
        this.#services.set(name + suffix, entry);
      }
    }
  }

  /** The two addresses of a pod; `index` for further replicas. */
  pod(workload, index = 0) {
    const key = `${workload}/${index}`;
    if (!this.#pods.has(key)) {
      const number = this.#next++;
      if (number >= INSIDE) throw new Error('more than 127 pods: take another network');
      this.#pods.set(key, { address: `${this.network}.${number}`, own: `${this.network}.${number + INSIDE}` });
    }
    return this.#pods.get(key);
  }

  /** An address for a program that stands outside the cluster, by a name of your choice. */
  another(name) {
    return this.pod(`outside: ${name}`).address;
  }

  /** Where hosts outside the cluster are: host[:port] → URL (its path is not used) or host:port. */
  outside(hosts) {
    for (const [host, target] of Object.entries(hosts)) this.#outside.set(host, target);
  }

  /** Where the programs of a network outside the pods are: CIDR → address or CIDR on loopback. */
  networks(table) {
    for (const [cidr, target] of Object.entries(table)) this.#known.set(cidr, target);
  }

  keep(...hosts) {
    for (const host of hosts) this.#kept.add(host);
  }

  /** The first pod behind a Service, and the port there. The Service's own port must exist, and some pod's labels fit. */
  service(name, port) {
    const entry = this.#services.get(name);
    if (!entry) throw new Error(this.#unknown(name));
    const where = `Service ${name} of dist/${this.environment}`;
    const found = entry.service.spec.ports.find((one) => port === undefined || one.port === port || one.name === port);
    if (!found) throw new Error(`${where} has no port ${port}`);
    if (entry.pods.length === 0) throw new Error(`${where} selects no pod`);
    const target = found.targetPort ?? found.port;
    const ports = podTemplate(entry.workloads[0]).spec;
    const named = [...(ports.initContainers ?? []), ...ports.containers]
      .flatMap((container) => container.ports ?? [])
      .find((one) => one.name === target);
    if (typeof target === 'string' && !named) throw new Error(`${where}: no container has a port ${target}`);
    return { address: this.pod(entry.pods[0]).address, port: named?.containerPort ?? target, pod: entry.pods[0] };
  }

  /** A function (text, name of the variable or file) that puts loopback addresses into a pod's text. */
  replacerFor(workload, index = 0) {
    const pod = this.pod(workload, index);
    return (text, name = '') => this.#replace(String(text), name, pod);
  }

  #replace(text, name, pod) {
    if (/(^|_)HOSTS?$/.test(name)) return this.#hosts(text, pod);
    if (/(^|_)ALLOW_IPS$/.test(name)) return this.#networks(text);
    return text
      .replaceAll(
        /([a-z][a-z0-9+.-]*):\/\/((?:[^\s"'/@]*@)?)([a-zA-Z0-9[][\w.[\]-]*)(?::(\d+))?/g,
        (found, scheme, user, host, port) => this.#url({ found, scheme, user, host, port, pod }),
      )
      .replaceAll(/[a-z]+%3A%2F%2F[\w.%-]+/gi, (encoded) =>
        // A URL inside a URL, such as where a sign-out goes on.
        encodeURIComponent(this.#replace(decodeURIComponent(encoded), '', pod)),
      )
      .replaceAll(/"([\w.-]+)"/g, (found, host) => (this.#outside.has(host) ? `"${this.#host(host, pod)}"` : found))
      .replaceAll(
        /(^|[\s"'=])(0\.0\.0\.0|127\.0\.0\.1|localhost|(?=:))((?::\d{2,5})?)(?=$|[\s"'])/gm,
        (_, before, host, port) => `${before}${OWN.has(host) ? pod.own : pod.address}${port}`,
      )
      .replaceAll(
        /^(\s*(?:- )?host:\s*)(["']?)([\w.-]+)\2\s*$/gm,
        (_, before, _quote, host) => `${before}${this.#host(host, pod)}`,
      );
  }

  #url({ found, scheme, user, host, port, pod }) {
    if (/^127\./.test(host) && !OWN.has(host)) return found;
    if (this.#kept.has(host)) return found;
    const at = port === undefined ? '' : `:${port}`;
    if (OWN.has(host)) return `${scheme}://${user}${pod.own}${at}`;
    if (host === ANY) return `${scheme}://${user}${pod.address}${at}`;
    const target = this.#outside.get(`${host}${at}`) ?? this.#outside.get(host);
    if (target !== undefined) {
      const [, targetScheme = scheme, authority] = /^(?:([a-z]+):\/\/)?([^/]+)/.exec(target);
      return `${targetScheme}://${user}${authority}`;
    }
    const behind = this.service(host, port === undefined ? undefined : Number(port));
    return `${scheme}://${user}${behind.address}:${behind.port}`;
  }

  #networks(list) {
    const known = (cidr) => {
      if (this.#known.has(cidr)) return this.#known.get(cidr);
      throw new Error(`dist/${this.environment} trusts ${cidr}: say with addresses.networks() who that is on loopback`);
    };
    return list.split(',').map(known).join(',');
  }

  #hosts(list, pod) {
    return [...new Set(list.split(',').map((host) => this.#host(host.trim(), pod)))].join(',');
  }

  #host(host, pod) {
    if (host === '' || this.#kept.has(host) || /^127\.(?!0\.0\.1$)/.test(host)) return host;
    if (OWN.has(host)) return pod.own;
    if (host === ANY) return pod.address;
    if (this.#outside.has(host)) return this.#outside.get(host).replace(/^[a-z]+:\/\//, '');
    return this.service(host).address;
  }

  #unknown(name) {
    const known = [...this.#services.keys()].filter((key) => !key.includes('.'));
    const hosts = [...this.#outside.keys(), ...this.#kept];
    return `${name} is neither a Service of dist/${this.environment} (${known.join(', ')}) nor a host outside that this run knows (${hosts.join(', ')})`;
  }
}

function selects(service, workload) {
  const labels = podTemplate(workload).metadata?.labels ?? {};
  const selector = Object.entries(service.spec.selector ?? {});
  const together = service.metadata.namespace === workload.metadata.namespace;
  return together && selector.length > 0 && selector.every(([key, value]) => labels[key] === value);
}

/** A network 127.x.y.0/24 in which nobody listens on the ports that this run needs most. */
async function freeNetwork() {
  for (let attempt = 0; attempt < 50; attempt++) {
    const network = `127.${16 + Math.floor(Math.random() * 200)}.${Math.floor(Math.random() * 255)}`;
    const taken = await Promise.all(
      [1, 2, 3, 4, 5].flatMap((pod) => [4000, 6379, 8080].map((port) => canListen(`${network}.${pod}`, port))),
    );
    if (taken.every(Boolean)) return network;
  }
  throw new Error('no free loopback network was found: 127/8 answers on Linux only; run this in a Linux container');
}

function canListen(address, port) {
  return new Promise((answer) => {
    const server = createServer();
    server.once('error', () => answer(false));
    server.listen(port, address, () => server.close(() => answer(true)));
  });
}
