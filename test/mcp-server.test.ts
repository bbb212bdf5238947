import { Chart, Size, Testing } from 'cdk8s';
import type { Construct } from 'constructs';
import { McpServer, type McpServerProps } from '../constructs/mcp-server';
import { Platform, type PlatformOptions } from '../constructs/platform/platform';
import { Secrets } from '../constructs/platform/secrets';

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  // biome-ignore lint/suspicious/noExplicitAny: rendered YAML has no type
  readonly spec: any;
}

function render(declare: (scope: Construct) => McpServer, options: PlatformOptions = {}) {
  const chart = new Chart(Testing.app(), 'workspace', { namespace: 'open-webui' });
  Platform.kubernetes(options).attach(chart);
  new Secrets(chart, 'secrets').attach(chart);
  const server = declare(chart);
  const errors = chart.node.findAll().flatMap((construct) => construct.node.validate());
  const manifests: Manifest[] = errors.length > 0 ? [] : Testing.synth(chart);
  const of = (kind: string) => manifests.filter((manifest) => manifest.kind === kind);
  const pod = of('Deployment')[0]?.spec.template.spec;
  return { chart, server, errors, manifests, of, pod, container: pod?.containers[0] };
}

const OWN: McpServerProps = { port: 9000, image: 'ghcr.io/company/mcp-search:1.2.3' };
const own = (props: Partial<McpServerProps> = {}) =>
  render((scope) => new McpServer(scope, 'mcp-search', { ...OWN, ...props }));

describe('a server that serves HTTP itself', () => {
  test('as manifests', () => {
    const { manifests, errors } = own();
    expect(errors).toEqual([]);
    expect(manifests).toMatchSnapshot();
  });

  test('has no second probe of its port: a process that ended is started again without one', () => {
    const { container } = own();
    expect(container.readinessProbe.tcpSocket).toEqual({ port: 9000 });
    expect(container).not.toHaveProperty('livenessProbe');
    const livenessProbe = { exec: { command: ['/alive'] } };
    expect(own({ livenessProbe }).container.livenessProbe).toEqual(livenessProbe);
  });

  test('is reached at /mcp, and nobody may reach it without a link', () => {
    const { server, of } = own();
    expect(server.endpoint).toBe('http://mcp-search:9000/mcp');
    expect(of('NetworkPolicy')[0].spec).toMatchObject({ policyTypes: ['Ingress', 'Egress'] });
    expect(of('NetworkPolicy')[0].spec.ingress ?? []).toEqual([]);
    expect(of('NetworkPolicy')[0].spec.egress ?? []).toEqual([]);
  });

  test('every prop given reaches the output', () => {
    const { chart, container, pod, of, server } = own({
      path: '/tools/mcp/',
      command: ['/server'],
      args: ['--verbose'],
      credentials: { SEARCH_API_KEY: 'SEARCH_KEY' },
      credentialsSecretName: 'search-credentials',
      credentialPerCall: true,
      stateless: true,
      replicas: 2,
      storage: { size: Size.gibibytes(5), shared: true, storageClass: 'files', subPath: 'index' },
      storagePath: '/index',
      storageReadOnly: true,
      extraEgress: [{ host: 'search.company.com', port: 9200, cidrs: ['10.1.0.0/16'] }],
    });
    expect(server.endpoint).toBe('http://mcp-search:9000/tools/mcp');
    expect(server.credentialPerCall).toBe(true);
    expect(container).toMatchObject({ command: ['/server'], args: ['--verbose'] });
    expect(container.env).toContainEqual({
      name: 'SEARCH_API_KEY',
      valueFrom: { secretKeyRef: { name: 'search-credentials', key: 'SEARCH_KEY' } },
    });
    const [secret] = Secrets.of(chart).all;
    expect([secret.secretName, ...secret.keys.map(({ key }) => key)]).toEqual(['search-credentials', 'SEARCH_KEY']);
    expect(container.volumeMounts).toContainEqual({
      name: 'data',
      mountPath: '/index',
      subPath: 'index',
      readOnly: true,
    });
    expect(pod.volumes).toContainEqual({ name: 'data', persistentVolumeClaim: { claimName: 'mcp-search-data' } });
    expect(of('PersistentVolumeClaim')[0].spec).toMatchObject({
      accessModes: ['ReadWriteMany'],
      resources: { requests: { storage: '5Gi' } },
    });
    expect(of('Deployment')[0].spec.replicas).toBe(2);
    expect(JSON.stringify(of('NetworkPolicy')[0].spec.egress)).toContain('10.1.0.0/16');
  });
});

describe('a stdio server behind the bridge', () => {
  const stdio = (props: Partial<McpServerProps> = {}) =>
    own({ stdio: ['mcp-server-time', '--local-timezone', 'UTC'], ...props });

  test('is run by the bridge, which serves nothing but Streamable HTTP', () => {
    const { container, server } = stdio();
    expect([...container.command, ...container.args].join(' ')).toBe(
      'mcp-proxy --server stream --streamEndpoint / --host 0.0.0.0 --port 9000 --no-eventStore -- mcp-server-time --local-timezone UTC',
    );
    expect(server.endpoint).toBe('http://mcp-search:9000');
  });

  test("loses the bridge's sessions when it says that it needs none", () => {
    expect(stdio({ stateless: true }).container.args).toContain('--stateless');
  });

  test('is restarted when it died, although the bridge still answers its health check', () => {
    const { container } = stdio();
    expect(container.readinessProbe.httpGet).toEqual({ path: '/ping', port: 9000 });
    expect(container.livenessProbe.exec.command).toEqual([
      'sh',
      '-c',
      expect.stringContaining('/proc/1/task/1/children'),
    ]);
  });

  test('has no variables from the names of Services: the bridge would read MCP_PROXY_PORT as its port', () => {
    expect(stdio().pod.enableServiceLinks).toBe(false);
  });
});

describe('mcp-filesystem', () => {
  test('as manifests', () => {
    const { manifests, errors } = render((scope) => McpServer.filesystem(scope, 'filesystem'));
    expect(errors).toEqual([]);
    expect(manifests).toMatchSnapshot();
  });

  test('is where the first seed looks for it', () => {
    expect(render((scope) => McpServer.filesystem(scope, 'filesystem')).server.endpoint).toBe(
      'http://mcp-filesystem:8001',
    );
  });

  test('writes to a volume of its own, and only reads one that others fill', () => {
    const mount = (declare: (scope: Construct) => McpServer) =>
      render(declare).container.volumeMounts.find(({ name }: { name: string }) => name === 'data');
    const filled = { existingClaim: 'handbook' };
    expect(mount((scope) => McpServer.filesystem(scope, 'a')).readOnly).toBeUndefined();
    expect(mount((scope) => McpServer.filesystem(scope, 'a', { storage: filled })).readOnly).toBe(true);
    expect(
      mount((scope) => McpServer.filesystem(scope, 'a', { storage: filled, writable: true })).readOnly,
    ).toBeUndefined();
    expect(mount((scope) => McpServer.filesystem(scope, 'a', { writable: false })).readOnly).toBe(true);
  });

  test('lets the old pod go first: two nodes cannot mount its volume', () => {
    expect(render((scope) => McpServer.filesystem(scope, 'a')).of('Deployment')[0].spec.strategy.type).toBe('Recreate');
    const storage = { size: Size.gibibytes(1), shared: true, storageClass: 'files' };
    expect(
      render((scope) => McpServer.filesystem(scope, 'a', { storage })).of('Deployment')[0].spec.strategy.type,
    ).toBe('RollingUpdate');
  });

  test('every prop given reaches the output', () => {
    const { container, of } = render((scope) =>
      McpServer.filesystem(scope, 'a', {
        name: 'mcp-handbook',
        image: 'registry.company.com/mcp-filesystem:7',
        port: 8101,
        podLabels: { team: 'docs' },
      }),
    );
    expect(container.image).toBe('registry.company.com/mcp-filesystem:7');
    expect(container.args.join(' ')).toContain('--port 8101');
    expect(of('Service')[0]).toMatchObject({ metadata: { name: 'mcp-handbook' }, spec: { ports: [{ port: 8101 }] } });
    expect(of('Deployment')[0].spec.template.metadata.labels.team).toBe('docs');
  });
});

describe('mcp-github', () => {
  test('as manifests', () => {
    const { manifests, errors } = render((scope) => McpServer.github(scope, 'github'));
    expect(errors).toEqual([]);
    expect(manifests).toMatchSnapshot();
  });

  test('is where the first seed looks for it, and holds no token of its own', () => {
    const { server, container, chart } = render((scope) => McpServer.github(scope, 'github'));
    expect(server.endpoint).toBe('http://mcp-github:8002');
    expect(server.credentialPerCall).toBe(true);
    expect(container.env ?? []).toEqual([]);
    expect(Secrets.of(chart).all).toEqual([]);
  });

  const hosts = (gitHubHost?: string) =>
    render((scope) => McpServer.github(scope, 'github', { gitHubHost })).server._outbound.map(({ to }) => to.host);

  test.each([
    [undefined, ['api.github.com', 'raw.githubusercontent.com']],
    ['company.ghe.com', ['api.company.ghe.com', 'raw.company.ghe.com']],
    ['github.company.com', ['github.company.com', 'raw.github.company.com']],
  ])('of %s leaves the cluster only for %j', (gitHubHost, expected) => {
    expect(hosts(gitHubHost)).toEqual(expected);
  });

  test('every prop given reaches the output', () => {
    const { container } = render((scope) =>
      McpServer.github(scope, 'github', {
        port: 8202,
        gitHubHost: 'github.company.com',
        toolsets: ['repos', 'issues'],
        readOnly: true,
        replicas: 3,
      }),
    );
    expect(container.args).toEqual([
      'http',
      '--port',
      '8202',
      '--gh-host',
      'https://github.company.com',
      '--toolsets',
      'repos,issues',
      '--read-only',
    ]);
  });
});

describe('refused at synth', () => {
  test.each<[Partial<McpServerProps>, RegExp]>([
    [{ port: 70_000 }, /port 70000 does not exist/],
    [{ path: 'mcp' }, /the path "mcp" is not one/],
    [{ path: '/mcp?key=1' }, /the path "\/mcp\?key=1" is not one/],
    [{ stdio: ['x'], args: ['y'] }, /stdio is the whole command line/],
    [{ stdio: [] }, /stdio is empty/],
    [{ storagePath: '/index' }, /storagePath and storageReadOnly say how storage is mounted, and there is none/],
    [{ storageReadOnly: false }, /storagePath and storageReadOnly say how storage is mounted, and there is none/],
    [{ credentialsSecretName: 'search' }, /nothing is read from the Secret search: write credentials/],
    [{ credentialsSecretName: 'search', credentials: {} }, /nothing is read from the Secret search/],
    [{ replicas: 2 }, /a session lives in one pod/],
    [{ replicas: 2, stateless: true, storage: { size: Size.gibibytes(1) } }, /several replicas cannot mount/],
  ])('%j', (change, message) => {
    const { errors } = own(change);
    expect(errors).toEqual([expect.stringMatching(message)]);
    expect(errors[0]).toMatch(/^mcp-search: /);
  });

  test('a server without an image, at once', () => {
    expect(() => own({ image: undefined })).toThrow('[workspace/mcp-search] mcp-search: image is missing');
  });

  test('no props, in words', () => {
    const chart = new Chart(Testing.app(), 'workspace');
    // @ts-expect-error: what a user of JavaScript may write
    expect(() => new McpServer(chart, 'server')).toThrow(/^\[workspace\] .*expected/);
  });
});

test("GitHub's host with a scheme is refused at once", () => {
  const chart = new Chart(Testing.app(), 'workspace');
  expect(() => McpServer.github(chart, 'github', { gitHubHost: 'https://github.company.com' })).toThrow(
    '[workspace/github] mcp-github: gitHubHost "https://github.company.com" is not a host name',
  );
});

describe('which URLs lead to it', () => {
  test.each([
    ['http://mcp-search:9000/mcp', true],
    ['http://mcp-search:9000/mcp/', true],
    ['http://mcp-search:9000/mcp/readonly', true],
    ['http://mcp-search:9000/mcpx', false],
    ['http://mcp-search:9000', false],
    ['http://mcp-search:9001/mcp', false],
    ['https://mcp-search:9000/mcp', false],
  ])('%s: %s', (url, expected) => {
    expect(own().server._serves(url)).toBe(expected);
  });

  test('a bridge has one path only', () => {
    const { server } = own({ stdio: ['mcp-server-time'] });
    expect(server._serves('http://mcp-search:9000')).toBe(true);
    expect(server._serves('http://mcp-search:9000/mcp')).toBe(false);
  });
});
