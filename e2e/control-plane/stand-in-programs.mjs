import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildGateway, loadFixtures } from '../mcp-proxy/fixtures.mjs';
import { selfSigned } from './stand-in-controllers.mjs';

/**
 * What the ports of an environment's pods lead to: a server that is always well, and behind the gateway's port the
 * real gateway with the rendered tenants.
 */
export class StandInPrograms {
  #toStop = [];

  /** @param folder for programs that images have and this machine may not */
  static async start(live, folder) {
    const programs = new StandInPrograms();
    programs.folder = folder;
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'valkey-cli'), '#!/bin/sh\necho PONG\n');
    chmodSync(join(folder, 'valkey-cli'), 0o755);
    const version = openWebUiVersion(live.objects);
    const well = { HTTP: await programs.#startWell(version), HTTPS: await programs.#startWell(version, true) };
    programs.ports = Object.fromEntries(portsOf(live.objects).map(([place, scheme]) => [place, well[scheme]]));
    const config = live.objects.find(({ data }) => data?.['tenants.json'])?.data['tenants.json'];
    if (config) await programs.#startGateway(Object.values(JSON.parse(config)), live.secrets);
    return programs;
  }

  /** Changes a tenant of the running gateway, as nobody should, and waits until it counts. */
  async changeTenant(id, change) {
    const changed = this.tenants.map((tenant) => (tenant.tenant_id === id ? { ...tenant, ...change } : tenant));
    const health = async () => (await fetch(`${this.gateway.url}/health`)).json();
    const { generation } = await health();
    this.gateway.config.replace({ 'tenants.json': this.tenantsFile(changed) });
    for (let now = await health(); now.generation === generation || now.tools_cached < changed.length; ) {
      await sleep(50);
      now = await health();
    }
  }

  async stop() {
    for (const stop of this.#toStop.splice(0).reverse()) await stop();
  }

  async #startWell(version, encrypted) {
    const answer = ({ url }, response) => {
      response.end(url === '/api/version' ? JSON.stringify({ version }) : '{"status":true}');
    };
    const server = encrypted ? https.createServer(selfSigned('localhost'), answer) : http.createServer(answer);
    await new Promise((done) => server.listen(0, '127.0.0.1', done));
    this.#toStop.push(() => {
      server.closeAllConnections();
      return new Promise((done) => server.close(done));
    });
    return `127.0.0.1:${server.address().port}`;
  }

  async #startGateway(rendered, secrets) {
    const { GatewayProcess, ScriptedUpstream, tenantsFile } = await loadFixtures();
    const upstream = await ScriptedUpstream.start();
    this.#toStop.push(() => upstream.stop());
    this.tenantsFile = tenantsFile;
    this.tenants = rendered.map(({ credential: _, ...tenant }) => ({
      ...tenant,
      mcp_endpoint: upstream.url,
      shares_endpoint: true,
    }));
    const names = ['MCP_PROXY_API_KEY', 'FORWARD_USER_INFO_HEADER_JWT_SECRET'];
    const { stringData } = secrets.find((secret) => names.every((name) => secret.stringData[name]));
    const keys = Object.fromEntries(names.map((name) => [name, stringData[name]]));
    this.values = Object.values(keys);
    this.gateway = await GatewayProcess.start({
      program: buildGateway(),
      tenants: this.tenants,
      variables: { ...keys, ALLOWED_HOSTS: 'mcp-proxy,localhost,127.0.0.1' },
    });
    this.#toStop.push(() => this.gateway.stop());
    this.ports['mcp-proxy:8000'] = new URL(this.gateway.url).host;
  }
}

/** Every `<Deployment>:<port>` that a probe asks, over HTTP, by TCP or by curl from within, with its scheme. */
function portsOf(objects) {
  return objects
    .filter(({ kind }) => kind === 'Deployment')
    .flatMap(({ metadata, spec: { template } }) =>
      [...(template.spec.initContainers ?? []), ...template.spec.containers]
        .flatMap(({ livenessProbe, readinessProbe }) => [livenessProbe, readinessProbe])
        .flatMap((probe) => probe?.httpGet ?? probe?.tcpSocket ?? addressesIn(probe?.exec?.command ?? []))
        .map(({ port, scheme = 'HTTP' }) => [`${metadata.name}:${port}`, scheme]),
    );
}

function addressesIn(command) {
  return command.filter((word) => /^http:/.test(word)).map((word) => ({ port: new URL(word).port }));
}

function openWebUiVersion(objects) {
  return /open-webui\/open-webui:([\d.]+)/.exec(JSON.stringify(objects))[1];
}
