import { ApiObject, Lazy } from 'cdk8s';
import { k8s } from 'cdk8s-plus-30';
import {
  CiliumNetworkPolicy,
  CiliumNetworkPolicySpecEgressToEntities,
  CiliumNetworkPolicySpecEgressToPortsPortsProtocol,
} from '../../imports/cilium.io';
import { type ExternalHost, hostPort, isApiServer, isMatchedByAddress, PUBLIC_ADDRESSES } from './links';
import { EgressBackend, type ForeignPeer } from './platform';
import type { Workload } from './workload';

/**
 * Renders the workload's NetworkPolicy from its links, at synth. Selected pods are closed in both directions but
 * for what is listed, so the policy also stands without a default-deny policy in the namespace.
 */
export function addNetworkPolicy(workload: Workload): void {
  new ApiObject(workload, 'NetworkPolicy', {
    ...k8s.KubeNetworkPolicy.GVK,
    metadata: { name: workload.name, labels: workload.labels },
    spec: Lazy.any({
      produce: () =>
        k8s.KubeNetworkPolicy.manifest({
          spec: {
            podSelector: { matchLabels: workload.selector },
            policyTypes: ['Ingress', 'Egress'],
            // An empty list means the same as none, and only none is what the API server keeps.
            ingress: nonEmpty(ingressRules(workload)),
            egress: nonEmpty(egressRules(workload)),
          },
        }).spec,
    }),
  });
}

/** Renders the policy for what a NetworkPolicy cannot say, where the platform has one per workload. */
export function addHostPolicy(workload: Workload): void {
  if (filtersByName(workload)) {
    // With the usual five dots, the resolver first asks for the host below every search domain, and the policy refuses.
    workload._pod.setSpec({ dnsConfig: { options: [{ name: 'ndots', value: '1' }] } });
  }
  const needed = filtersByName(workload) || (isOnCilium(workload) && apiServers(workload).length > 0);
  if (!needed || workload.node.tryFindChild('HostPolicy')) {
    return;
  }
  new ApiObject(workload, 'HostPolicy', {
    ...CiliumNetworkPolicy.GVK,
    metadata: { name: `${workload.name}-hosts`, labels: workload.labels },
    spec: Lazy.any({
      produce: () => CiliumNetworkPolicy.manifest({ metadata: {}, spec: hostPolicySpec(workload) }).spec,
    }),
  });
}

/** A peer of others as a NetworkPolicy writes it. */
export function policyPeers(peer: ForeignPeer): k8s.NetworkPolicyPeer[] {
  if (peer.cidrs) {
    return peer.cidrs.map((cidr) => ({ ipBlock: { cidr } }));
  }
  return [
    {
      namespaceSelector: { matchLabels: peer.namespaceLabels ?? {} },
      podSelector: peer.podLabels ? { matchLabels: peer.podLabels } : undefined,
    },
  ];
}

/** Egress to the cluster's DNS. */
function dnsRule(workload: Workload): k8s.NetworkPolicyEgressRule {
  const { dnsPeer, dnsPort } = workload.platform;
  return {
    to: policyPeers(dnsPeer),
    ports: [tcp(dnsPort), { port: k8s.IntOrString.fromNumber(dnsPort), protocol: 'UDP' }],
  };
}

function tcp(port: number): k8s.NetworkPolicyPort {
  return { port: k8s.IntOrString.fromNumber(port), protocol: 'TCP' };
}

function podPeer(workload: Workload): k8s.NetworkPolicyPeer {
  return { podSelector: { matchLabels: workload.selector } };
}

// On Cilium a host name is allowed only if the pod's DNS answers pass through the proxy that learns its addresses.
function filtersByName(workload: Workload): boolean {
  return isOnCilium(workload) && namedHosts(workload).length > 0;
}

function isOnCilium({ platform }: Workload): boolean {
  return platform.egress === EgressBackend.CILIUM;
}

/**
 * Where it runs on nodes of the cluster, Cilium knows the API server as an entity, and no address range matches it.
 * Source: Cilium, "Entities based", kube-apiserver.
 */
function apiServers(workload: Workload): ExternalHost[] {
  return workload._outbound.map((link) => link.to).filter(({ host }) => isApiServer(host));
}

/** The hosts that a Cilium policy matches by name: a private host is matched by its addresses everywhere. */
function namedHosts(workload: Workload): ExternalHost[] {
  return workload._outbound.map((link) => link.to).filter((host) => !isMatchedByAddress(host));
}

function ingressRules(workload: Workload): k8s.NetworkPolicyIngressRule[] {
  const rules = [
    ...workload._callers.map((link) => ({ port: workload.podPort(link.portName), from: [podPeer(link.from)] })),
    ...workload._inbound.map((link) => ({ port: workload.podPort(link.portName), from: policyPeers(link.from) })),
  ];
  return byPort(rules).map(([port, group]) => ({
    from: distinctPeers(group.flatMap((rule) => rule.from)),
    ports: [tcp(port)],
  }));
}

function egressRules(workload: Workload): k8s.NetworkPolicyEgressRule[] {
  const pods = workload._links.map((link) => ({ port: link.to.podPort(link.portName), to: [podPeer(link.to)] }));
  const peers = workload._peers.map((link) => ({ port: link.port, to: policyPeers(link.to) }));
  const hosts = workload._outbound
    .filter((link) => isMatchedByAddress(link.to) || !isOnCilium(workload))
    .map((link) => ({ port: hostPort(link.to), to: addressPeers(link.to) }));
  const rules = byPort([...pods, ...peers, ...hosts]).map(([port, group]) => ({
    to: distinctPeers(group.flatMap((rule) => rule.to)),
    ports: [tcp(port)],
  }));
  const needsDns = rules.length > 0 && !filtersByName(workload);
  return needsDns ? [dnsRule(workload), ...rules] : rules;
}

function addressPeers(host: ExternalHost): k8s.NetworkPolicyPeer[] {
  return host.cidrs?.map((cidr) => ({ ipBlock: { cidr } })) ?? PUBLIC_ADDRESSES.map((ipBlock) => ({ ipBlock }));
}

function hostPolicySpec(workload: Workload): object {
  const toPorts = (port: number) => [
    { ports: [{ port: String(port), protocol: CiliumNetworkPolicySpecEgressToPortsPortsProtocol.TCP }] },
  ];
  return {
    endpointSelector: { matchLabels: prefixed('any', workload.selector) },
    egress: [
      ...(filtersByName(workload) ? [watchedDnsRule(workload)] : []),
      ...byPort(namedHosts(workload).map((host) => ({ port: hostPort(host), host }))).map(([port, group]) => ({
        toFqdNs: group.map(({ host }) => ({ matchName: host.host })),
        toPorts: toPorts(port),
      })),
      ...byPort(apiServers(workload).map((host) => ({ port: hostPort(host) }))).map(([port]) => ({
        toEntities: [CiliumNetworkPolicySpecEgressToEntities.KUBE_HYPHEN_APISERVER],
        toPorts: toPorts(port),
      })),
    ],
  };
}

/** Egress to the cluster's DNS through the proxy that learns which addresses a name has. */
function watchedDnsRule(workload: Workload): object {
  // It stands instead of the plain rule, so the hosts matched by address are looked up through it too.
  const lookedUp = [...new Set(workload._outbound.map(({ to }) => to.host))].sort();
  const { dnsPeer, dnsPort } = workload.platform;
  return {
    toEndpoints: [
      {
        matchLabels: {
          ...prefixed('k8s', dnsPeer.podLabels ?? {}),
          'k8s:io.kubernetes.pod.namespace': dnsPeer.namespaceLabels?.['kubernetes.io/metadata.name'] ?? 'kube-system',
        },
      },
    ],
    toPorts: [
      {
        ports: [{ port: String(dnsPort), protocol: CiliumNetworkPolicySpecEgressToPortsPortsProtocol.ANY }],
        // A star stands for one label: Services are name.namespace.svc.cluster.local.
        rules: {
          dns: [{ matchPattern: '*.*.svc.cluster.local' }, ...lookedUp.map((host) => ({ matchName: host }))],
        },
      },
    ],
  };
}

function prefixed(source: string, labels: { [key: string]: string }): { [key: string]: string } {
  return Object.fromEntries(Object.entries(labels).map(([key, value]) => [`${source}:${key}`, value]));
}

function nonEmpty<T>(list: T[]): T[] | undefined {
  return list.length > 0 ? list : undefined;
}

/** Each peer once: hosts whose addresses are not known open the same ranges. */
export function distinctPeers(peers: readonly k8s.NetworkPolicyPeer[]): k8s.NetworkPolicyPeer[] {
  return [...new Map(peers.map((peer) => [JSON.stringify(peer), peer])).values()];
}

/** Groups by port, ports ascending and entries in a stable order, so that the order of declarations does not show. */
function byPort<T extends { readonly port: number }>(rules: readonly T[]): [number, T[]][] {
  const groups = new Map<number, T[]>();
  for (const rule of rules) {
    const group = groups.get(rule.port);
    if (group) {
      group.push(rule);
    } else {
      groups.set(rule.port, [rule]);
    }
  }
  for (const group of groups.values()) {
    const keys = new Map(group.map((rule) => [rule, JSON.stringify(rule)]));
    group.sort((a, b) => ((keys.get(a) ?? '') < (keys.get(b) ?? '') ? -1 : 1));
  }
  return [...groups.entries()].sort(([a], [b]) => a - b);
}
