import { isIPv4 } from 'node:net';

/** Pods as NetworkPolicies see them. */
export interface PodSet {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Labels;
}

type Labels = { readonly [key: string]: string };
interface Selector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: unknown;
}
interface Peer {
  readonly podSelector?: Selector;
  readonly namespaceSelector?: Selector;
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
}
interface PolicyRule {
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
  readonly ports?: readonly { readonly port?: number; readonly protocol?: string }[];
}
export interface Policy {
  readonly metadata: { readonly namespace: string };
  readonly spec: {
    readonly podSelector: Selector;
    readonly policyTypes: readonly string[];
    readonly ingress?: readonly PolicyRule[];
    readonly egress?: readonly PolicyRule[];
  };
}

/** A written-out reading of the NetworkPolicy API: https://kubernetes.io/docs/concepts/services-networking/network-policies */
export class Evaluator {
  constructor(
    private readonly policies: readonly Policy[],
    private readonly namespaceLabels: (namespace: string) => Labels,
  ) {}

  /** Whether a TCP connection from pods to a port of other pods passes both ends. */
  public podToPod(from: PodSet, to: PodSet, port: number): boolean {
    return (
      this.passes(from, 'Egress', port, (peer, policy) => this.matchesPod(peer, policy, to)) &&
      this.passes(to, 'Ingress', port, (peer, policy) => this.matchesPod(peer, policy, from))
    );
  }

  /** Whether a TCP connection from pods to an address outside the cluster leaves. */
  public podToAddress(from: PodSet, address: string, port: number): boolean {
    return this.passes(from, 'Egress', port, (peer) => matchesAddress(peer, address));
  }

  /** Whether a TCP connection from an address outside the cluster comes in. */
  public addressToPod(address: string, to: PodSet, port: number): boolean {
    return this.passes(to, 'Ingress', port, (peer) => matchesAddress(peer, address));
  }

  private passes(
    pods: PodSet,
    direction: 'Ingress' | 'Egress',
    port: number,
    matches: (peer: Peer, policy: Policy) => boolean,
  ): boolean {
    const selecting = this.policies.filter(
      ({ metadata, spec }) =>
        metadata.namespace === pods.namespace &&
        spec.policyTypes.includes(direction) &&
        selects(spec.podSelector, pods.labels),
    );
    return (
      selecting.length === 0 ||
      selecting.some((policy) => {
        const rules = (direction === 'Ingress' ? policy.spec.ingress : policy.spec.egress) ?? [];
        return rules.some((rule) => {
          const peers = direction === 'Ingress' ? rule.from : rule.to;
          // An absent list and an empty one both mean: all.
          const portMatches =
            !rule.ports?.length || rule.ports.some((p) => (p.port ?? port) === port && (p.protocol ?? 'TCP') === 'TCP');
          return portMatches && (!peers?.length || peers.some((peer) => matches(peer, policy)));
        });
      })
    );
  }

  private matchesPod(peer: Peer, policy: Policy, pods: PodSet): boolean {
    if (peer.ipBlock) {
      return false;
    }
    const sameNamespace = policy.metadata.namespace === pods.namespace;
    const namespaceMatches = peer.namespaceSelector
      ? selects(peer.namespaceSelector, this.namespaceLabels(pods.namespace))
      : sameNamespace;
    return namespaceMatches && (!peer.podSelector || selects(peer.podSelector, pods.labels));
  }
}

function selects(selector: Selector, labels: Labels): boolean {
  if (selector.matchExpressions) {
    throw new Error('matchExpressions are not evaluated here: extend the evaluator before rendering them');
  }
  return Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
}

function matchesAddress(peer: Peer, address: string): boolean {
  const block = peer.ipBlock;
  return (
    block !== undefined &&
    contains(block.cidr, address) &&
    !(block.except ?? []).some((cidr) => contains(cidr, address))
  );
}

function contains(cidr: string, address: string): boolean {
  const [base, bits] = cidr.split('/');
  if (!isIPv4(base) || !isIPv4(address)) {
    return false;
  }
  const shift = 32 - Number(bits);
  return shift === 32 || number(base) >>> shift === number(address) >>> shift;
}

function number(address: string): number {
  return address.split('.').reduce((total, part) => (total << 8) + Number(part), 0) >>> 0;
}
