import { BlockList, isIPv4 } from 'node:net';
import { matchesLabels, type Typed } from './kubernetes/object';

type Labels = { readonly [key: string]: string };
interface Selector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly unknown[];
}
interface Peer {
  readonly podSelector?: Selector;
  readonly namespaceSelector?: Selector;
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
}
interface Rule {
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
  readonly ports?: readonly { readonly port?: number | string; readonly protocol?: string }[];
}

/** As it is in JSON. */
export type NetworkPolicy = Typed<
  {
    readonly podSelector?: Selector;
    readonly policyTypes?: readonly string[];
    readonly ingress?: readonly Rule[];
    readonly egress?: readonly Rule[];
  },
  unknown
>;

enum Direction {
  INGRESS = 'Ingress',
  EGRESS = 'Egress',
}

/** What the rendered NetworkPolicies of one namespace say about TCP connections. */
export class NetworkPolicies {
  /** Whether they ask for labels only, which is all that is read here. */
  readonly areReadable: boolean;

  constructor(private readonly policies: readonly NetworkPolicy[]) {
    const selectors = policies.flatMap(({ spec }) => [
      spec.podSelector,
      ...[...(spec.ingress ?? []), ...(spec.egress ?? [])].flatMap(({ from = [], to = [] }) =>
        [...from, ...to].map(({ podSelector }) => podSelector),
      ),
    ]);
    this.areReadable = selectors.every((selector) => (selector?.matchExpressions ?? []).length === 0);
  }

  /** Whether pods may reach a port of other pods of the namespace: both ends have a word. */
  public mayReach(from: Labels, to: Labels, port: number): boolean {
    return this.passes(Direction.EGRESS, from, to, port) && this.passes(Direction.INGRESS, to, from, port);
  }

  /** Whether pods may reach a port of an IPv4 address outside the cluster. */
  public mayReachAddress(from: Labels, address: string, port: number): boolean {
    const choosing = this.choosing(Direction.EGRESS, from);
    const rules = choosing.flatMap(({ spec }) => spec.egress ?? []);
    return (
      choosing.length === 0 ||
      rules.some(
        (rule) => hasPort(rule, port) && (!rule.to?.length || rule.to.some((peer) => hasAddress(peer, address))),
      )
    );
  }

  private passes(direction: Direction, pods: Labels, others: Labels, port: number): boolean {
    const choosing = this.choosing(direction, pods);
    const isIngress = direction === Direction.INGRESS;
    const rules = choosing.flatMap(({ spec }) => (isIngress ? spec.ingress : spec.egress) ?? []);
    return (
      choosing.length === 0 ||
      rules.some((rule) => {
        const peers = isIngress ? rule.from : rule.to;
        return hasPort(rule, port) && (!peers?.length || peers.some((peer) => isPeer(peer, others)));
      })
    );
  }

  private choosing(direction: Direction, labels: Labels): NetworkPolicy[] {
    return this.policies.filter(
      ({ spec }) => spec.policyTypes?.includes(direction) && matchesLabels(spec.podSelector?.matchLabels ?? {}, labels),
    );
  }
}

function hasPort({ ports }: Rule, port: number): boolean {
  return !ports?.length || ports.some((one) => (one.protocol ?? 'TCP') === 'TCP' && (one.port ?? port) === port);
}

/** A peer in another namespace, or an address, is none of the pods here. */
function isPeer({ podSelector, namespaceSelector, ipBlock }: Peer, labels: Labels): boolean {
  return !ipBlock && !namespaceSelector && matchesLabels(podSelector?.matchLabels ?? {}, labels);
}

function hasAddress({ ipBlock }: Peer, address: string): boolean {
  if (!ipBlock) return false;
  return contains([ipBlock.cidr], address) && !contains(ipBlock.except ?? [], address);
}

function contains(ranges: readonly string[], address: string): boolean {
  const list = new BlockList();
  for (const range of ranges) {
    const [base, bits] = range.split('/');
    if (isIPv4(base)) list.addSubnet(base, Number(bits));
  }
  return list.check(address);
}
