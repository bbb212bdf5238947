import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/**
 * Addresses that no tool server has, whatever a name resolves to. Private networks are allowed: tool servers are in
 * them. What stays forbidden is the pod itself and what a cloud's node answers with credentials.
 */
const FORBIDDEN = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8], // this host
  ['127.0.0.0', 8],
  ['169.254.0.0', 16], // link-local, with the metadata services of AWS, Azure, Google and OpenStack
  ['224.0.0.0', 3], // multicast, reserved, broadcast
] as const) {
  FORBIDDEN.addSubnet(network, prefix, 'ipv4');
}
FORBIDDEN.addAddress('168.63.129.16', 'ipv4'); // Azure: WireServer
FORBIDDEN.addAddress('100.100.100.200', 'ipv4'); // Alibaba Cloud: metadata
FORBIDDEN.addAddress('192.0.0.192', 'ipv4'); // Oracle Cloud: metadata
for (const [network, prefix] of [
  ['::', 127], // unspecified and loopback
  ['fe80::', 10],
  ['ff00::', 8],
  ['64:ff9b::', 96], // NAT64 and 6to4 lead to any IPv4 address
  ['2002::', 16],
] as const) {
  FORBIDDEN.addSubnet(network, prefix, 'ipv6');
}
FORBIDDEN.addAddress('fd00:ec2::254', 'ipv6'); // AWS: metadata
FORBIDDEN.addAddress('fd20:ce::254', 'ipv6'); // Google: metadata

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Why no connection was made; the address stays in here and the log. */
export class ForbiddenAddress extends Error {
  public readonly code = 'FORBIDDEN_ADDRESS';
}

/**
 * Decides at connect time which addresses an endpoint may lead to, so that a name that resolves differently the second
 * time (DNS rebinding) gains nothing: what is judged is what is connected to.
 *
 * An endpoint whose URL itself names loopback (`localhost`, `127.0.0.1`, `[::1]`) may reach loopback: whoever wrote it
 * meant it, for a test, a demo or a sidecar. No other endpoint may.
 */
export class AddressGuard {
  private readonly loopbackMeant: boolean;

  constructor(private readonly hostname: string) {
    const host = bare(hostname);
    this.loopbackMeant = host === 'localhost' || host === 'localhost.' || contains(LOOPBACK, host);
  }

  public permits(address: string): boolean {
    return (this.loopbackMeant && contains(LOOPBACK, address)) || !contains(FORBIDDEN, address);
  }

  /** For an endpoint that names an address: nothing is looked up then. Error: `ForbiddenAddress`. */
  public checkLiteral(): void {
    const host = bare(this.hostname);
    if (isIP(host) > 0 && !this.permits(host)) throw this.refusal(host);
  }

  /** `dns.lookup` that gives only permitted addresses. */
  public readonly lookup: LookupFunction = (hostname, options, callback) => {
    const all: LookupOptions = { ...options, all: true };
    lookup(hostname, all, (error, found) => {
      if (error) return callback(error, '', 0);
      const addresses = found as unknown as LookupAddress[];
      const permitted = addresses.filter(({ address }) => this.permits(address));
      const [first] = permitted;
      if (!first) return callback(this.refusal(addresses[0]?.address ?? 'none'), '', 0);
      if (options.all) callback(null, permitted);
      else callback(null, first.address, first.family);
    });
  };

  private refusal(address: string): ForbiddenAddress {
    return new ForbiddenAddress(
      `mcp_endpoint host ${this.hostname} leads to ${address}, which belongs to the pod or its node: ` +
        'write the name of the tool server',
    );
  }
}

function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '');
}

function contains(list: BlockList, address: string): boolean {
  const version = isIP(address);
  if (version === 4) return list.check(address, 'ipv4');
  // BlockList judges IPv4 addresses in IPv6 form (::ffff:a.b.c.d) by the IPv4 rules.
  return version === 6 && list.check(address.replace(/%.*$/, ''), 'ipv6');
}
