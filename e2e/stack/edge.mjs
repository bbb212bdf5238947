// The edge of an environment: what its Ingress or its Gateway and HTTPRoutes say, as a reverse proxy on loopback.
import { readFileSync } from 'node:fs';
import { createServer, request as send } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { certificate } from './certificate.mjs';

/**
 * Starts it. `backends(service, port)` answers with the addresses of its pods, used in turn. Answers with the public
 * `url`, its `host` and `resolverRule`, which leads a browser to it by the public name and port.
 */
export async function startEdge(rendered, { address, folder, backends }) {
  const { host, rules, isSecure } = ingressOf(rendered) ?? routeOf(rendered);
  // A rule that leads nowhere ends the start, not a request.
  for (const { service, port } of rules) backends(service, port);
  let turn = 0;
  function target(request) {
    const rule = rules.find(({ prefix }) => request.url.startsWith(prefix));
    if (!rule || request.headers.host !== host) return undefined;
    const pods = backends(rule.service, rule.port);
    turn += 1;
    return pods[turn % pods.length];
  }
  /** An edge says itself who it got a request from; everything else it passes on. */
  const headersOf = (request) => ({
    ...request.headers,
    'x-forwarded-for': request.socket.remoteAddress,
    'x-forwarded-proto': isSecure ? 'https' : 'http',
    'x-forwarded-host': host,
  });
  const ask = (request, pod) =>
    send({ ...pod, localAddress: address, method: request.method, path: request.url, headers: headersOf(request) });

  const answer = (request, response) => {
    const pod = target(request);
    if (!pod) return response.writeHead(404).end('no route');
    const upstream = ask(request, pod);
    upstream.once('response', (found) => {
      response.writeHead(found.statusCode, found.rawHeaders);
      found.pipe(response);
    });
    upstream.once('error', () =>
      response.headersSent ? response.destroy() : response.writeHead(502).end('no backend'),
    );
    response.once('close', () => upstream.destroy());
    request.pipe(upstream);
  };
  const key = isSecure ? certificate(folder, host) : undefined;
  const server = key
    ? createTlsServer({ key: readFileSync(key.keyFile), cert: readFileSync(key.certificateFile) }, answer)
    : createServer(answer);
  server.on('upgrade', (request, socket, head) => {
    const pod = target(request);
    if (!pod) return socket.destroy();
    const upstream = ask(request, pod);
    const end = () => {
      socket.destroy();
      upstream.destroy();
    };
    upstream.once('upgrade', (found, other, already) => {
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${rawLines(found.rawHeaders)}\r\n`);
      socket.write(already);
      other.write(head);
      other.on('error', end).pipe(socket).on('error', end).pipe(other);
    });
    upstream.once('response', (found) => {
      socket.write(`HTTP/1.1 ${found.statusCode} ${found.statusMessage}\r\n${rawLines(found.rawHeaders)}\r\n`);
      found.pipe(socket);
    });
    upstream.once('error', end);
    socket.once('error', end);
    upstream.end();
  });
  await new Promise((listening) => server.listen(0, address, listening));
  const { port } = server.address();
  const publicPort = isSecure ? 443 : 80;
  return {
    host,
    url: `${isSecure ? 'https' : 'http'}://${host}`,
    address,
    port,
    resolverRule: `MAP ${host}:${publicPort} ${address}:${port}`,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function ingressOf({ objects }) {
  const ingress = objects.find(({ kind }) => kind === 'Ingress');
  if (!ingress) return undefined;
  const [{ host, http }] = ingress.spec.rules;
  const rules = http.paths.map(({ path, backend: { service } }) => ({
    prefix: path,
    service: service.name,
    port: service.port.name ?? service.port.number,
  }));
  return { host, rules, isSecure: (ingress.spec.tls ?? []).length > 0 };
}

/** The route of the listener that ends TLS; the one that redirects to it has no backend. */
function routeOf({ environment, objects }) {
  const gateway = objects.find(({ kind }) => kind === 'Gateway');
  const route = objects.find(({ kind, spec }) => kind === 'HTTPRoute' && spec.rules.some((rule) => rule.backendRefs));
  if (!gateway || !route) throw new Error(`dist/${environment} has neither an Ingress nor a Gateway with a route`);
  const [{ name, sectionName }] = route.spec.parentRefs;
  const listener = gateway.spec.listeners.find((one) => one.name === sectionName);
  if (gateway.metadata.name !== name || !listener) {
    throw new Error(`HTTPRoute ${route.metadata.name} names ${name}/${sectionName}, which no Gateway has`);
  }
  const rules = route.spec.rules.map(({ matches, backendRefs }) => ({
    prefix: matches[0].path.value,
    service: backendRefs[0].name,
    port: backendRefs[0].port,
  }));
  return { host: route.spec.hostnames[0], rules, isSecure: listener.protocol === 'HTTPS' };
}

function rawLines(raw) {
  let lines = '';
  for (let index = 0; index < raw.length; index += 2) lines += `${raw[index]}: ${raw[index + 1]}\r\n`;
  return lines;
}
