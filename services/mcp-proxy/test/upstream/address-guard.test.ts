import dns from 'node:dns';
import { AddressGuard, ForbiddenAddress } from '../../src/upstream/address-guard';
import { RawServer, toolCall, upstreamOf } from './raw-server';

describe('addresses of upstreams', () => {
  const FORBIDDEN = [
    ['this host', '0.0.0.0'],
    ['loopback', '127.0.0.1'],
    ['loopback', '127.8.8.8'],
    ['loopback', '::1'],
    ['loopback as IPv6', '::ffff:127.0.0.1'],
    ['metadata as IPv6', '::ffff:a9fe:a9fe'],
    ['link-local', '169.254.0.1'],
    ['metadata of most clouds', '169.254.169.254'],
    ['metadata of AWS', 'fd00:ec2::254'],
    ['WireServer of Azure', '168.63.129.16'],
    ['metadata of Alibaba', '100.100.100.200'],
    ['link-local', 'fe80::1%eth0'],
    ['NAT64', '64:ff9b::a9fe:a9fe'],
    ['multicast', '224.0.0.1'],
    ['multicast', 'ff02::1'],
    ['broadcast', '255.255.255.255'],
  ];

  it.each(FORBIDDEN)('%s, %s: not for a tool server', (_, address) => {
    expect(new AddressGuard('tools.company.com').permits(address)).toBe(false);
  });

  it.each(['10.0.0.5', '192.168.1.1', '172.16.3.4', '100.64.0.1', '20.1.2.3', 'fd12::1', '2603::1'])(
    '%s is fine',
    (address) => {
      expect(new AddressGuard('tools.company.com').permits(address)).toBe(true);
    },
  );

  it.each(['localhost', '127.0.0.1', '[::1]'])(
    'an endpoint that names %s may reach loopback, and nothing else of it',
    (host) => {
      const guard = new AddressGuard(host);
      expect([guard.permits('127.0.0.1'), guard.permits('::1')]).toEqual([true, true]);
      expect(guard.permits('169.254.169.254')).toBe(false);
    },
  );
});

describe('names that turn to other addresses', () => {
  afterEach(() => jest.restoreAllMocks());

  function resolvingTo(...addresses: string[]) {
    const found = addresses.map((address) => ({ address, family: 4 }));
    jest
      .spyOn(dns, 'lookup')
      .mockImplementation(((_: string, __: object, done: (error: null, found: object) => void) =>
        done(null, found)) as never);
  }

  function lookUp(all: boolean): Promise<unknown> {
    const guard = new AddressGuard('tools.company.com');
    return new Promise((resolve, reject) => {
      guard.lookup('tools.company.com', { all }, (error, ...found) => (error ? reject(error) : resolve(found)));
    });
  }

  it('only what is permitted is connected to', async () => {
    resolvingTo('127.0.0.1', '10.0.0.5');
    expect(await lookUp(true)).toEqual([[{ address: '10.0.0.5', family: 4 }]]);
    expect(await lookUp(false)).toEqual(['10.0.0.5', 4]);
  });

  it('a name that leads to the node alone is refused, without a connection', async () => {
    resolvingTo('169.254.169.254');
    await expect(lookUp(true)).rejects.toBeInstanceOf(ForbiddenAddress);
  });

  it('a tenant whose name was turned to loopback reaches nothing there', async () => {
    const server = await new RawServer().start();
    resolvingTo('127.0.0.1');
    const upstream = upstreamOf(`${server.origin.replace('127.0.0.1', 'tools.company.com')}/mcp`);
    await expect(upstream.send(toolCall())).rejects.toMatchObject({
      kind: 'unreachable',
      cause: expect.any(ForbiddenAddress),
    });
    expect(server.hits).toHaveLength(0);
  });

  it('so is an address in the endpoint itself', async () => {
    const upstream = upstreamOf('http://169.254.169.254/latest/meta-data');
    await expect(upstream.send(toolCall())).rejects.toMatchObject({
      kind: 'unreachable',
      cause: expect.any(ForbiddenAddress),
    });
  });
});
