import { Chart } from 'cdk8s';
import type { Edge, EdgeProps } from './edge';
import { isHostName } from './links';
import { EdgeKind } from './platform';
import type { Rule } from './rules';

const INGRESS = 'an Ingress';
const ROUTE = 'a Route';
const OWN_GATEWAY = 'an HTTPRoute with a Gateway of its own';
const SHARED_GATEWAY = 'an HTTPRoute at a shared Gateway';

/** Where a prop means something; one that is not listed does so everywhere. */
const PLACES_OF: { readonly [prop in keyof EdgeProps]?: readonly string[] } = {
  tlsSecretName: [INGRESS, OWN_GATEWAY],
  clusterIssuer: [INGRESS, OWN_GATEWAY],
  maxBodySize: [INGRESS],
  ingressClassName: [INGRESS],
  sharedGateway: [SHARED_GATEWAY],
  gatewayClassName: [OWN_GATEWAY],
  gatewayAnnotations: [OWN_GATEWAY],
  gatewayAddresses: [OWN_GATEWAY],
  filters: [OWN_GATEWAY, SHARED_GATEWAY],
  additionalRules: [OWN_GATEWAY, SHARED_GATEWAY],
};

function placeOf({ kind, props }: Edge): string {
  if (kind === EdgeKind.HTTP_ROUTE) {
    return props.sharedGateway ? SHARED_GATEWAY : OWN_GATEWAY;
  }
  return kind === EdgeKind.INGRESS ? INGRESS : ROUTE;
}

/** The props that would be ignored here. */
function idleProps(edge: Edge): string[] {
  const place = placeOf(edge);
  return Object.entries(PLACES_OF)
    .filter(([prop, places]) => edge.props[prop as keyof EdgeProps] !== undefined && !places?.includes(place))
    .map(([prop]) => prop);
}

/** Whose pods nobody can know the place of, so that the platform has to say it. */
function stranger({ kind, props: { ingressClassName = 'nginx', gatewayClassName, sharedGateway } }: Edge) {
  if (kind === EdgeKind.INGRESS) {
    return ingressClassName === 'nginx' ? undefined : `the Ingress class ${ingressClassName}`;
  }
  if (kind === EdgeKind.ROUTE || sharedGateway?.namespace !== undefined) {
    return undefined;
  }
  return sharedGateway
    ? `the Gateway ${sharedGateway.name}`
    : gatewayClassName && `the Gateway class ${gatewayClassName}`;
}

/** Another program's edge that the same requests would reach. */
function rival(edge: Edge): { readonly host: string; readonly other: Edge } | undefined {
  const edges = edge._all;
  return edges
    .slice(0, edges.indexOf(edge))
    .filter((other) => doorOf(other) === doorOf(edge))
    .flatMap((other) => edge.hosts.filter((host) => other.hosts.includes(host)).map((host) => ({ host, other })))[0];
}

/** What requests for a host come through. */
function doorOf({ kind, component, props: { ingressClassName, gatewayClassName, sharedGateway } }: Edge): string {
  if (kind !== EdgeKind.HTTP_ROUTE) {
    return `${kind} ${ingressClassName ?? 'nginx'}`;
  }
  return sharedGateway
    ? `Gateway ${sharedGateway.namespace ?? Chart.of(component).namespace}/${sharedGateway.name}`
    : `GatewayClass ${gatewayClassName}`;
}

const isHost = (text: string): boolean => isHostName(text) && text.includes('.');
const repeated = (hosts: readonly string[]): string | undefined =>
  hosts.find((host, index) => hosts.indexOf(host) < index);

/** What can be wrong with an edge. */
export const EDGE_RULES: readonly Rule<Edge>[] = [
  {
    id: 'host-name',
    broken: ({ hosts }) => hosts.some((host) => !isHost(host)),
    message: ({ hosts }) =>
      `"${hosts.find((host) => !isHost(host))}" is not a host name: write it without scheme, port and path, in lower case, for example chat.company.com`,
  },
  {
    id: 'hosts-differ',
    broken: ({ hosts }) => repeated(hosts) !== undefined,
    message: ({ hosts }) => `${hosts[0]}: additionalHosts names ${repeated(hosts)} once more: leave it out`,
  },
  {
    id: 'hosts-of-one-program',
    broken: (edge) => rival(edge) !== undefined,
    message: (edge) =>
      `${rival(edge)?.host} would lead to ${rival(edge)?.other.component.name} and to ${edge.component.name}: give one of them another host`,
  },
  {
    id: 'edge-knows-the-prop',
    broken: (edge) => idleProps(edge).length > 0,
    message: (edge) =>
      `${edge.props.host}: ${idleProps(edge).join(', ')} would change nothing at ${placeOf(edge)}: leave out what does not belong there, or choose another kind`,
  },
  {
    id: 'edge-timeout',
    broken: ({ timeoutSeconds }) => !(Number.isInteger(timeoutSeconds) && timeoutSeconds > 0),
    message: ({ props, timeoutSeconds }) =>
      `${props.host}: timeoutSeconds ${timeoutSeconds} is no time: write a whole number of seconds of at least 1`,
  },
  {
    id: 'body-size',
    broken: ({ props: { maxBodySize } }) => maxBodySize !== undefined && !/^\d+[kmg]?$/.test(maxBodySize),
    message: ({ props: { host, maxBodySize } }) =>
      `${host}: maxBodySize "${maxBodySize}" is no size of nginx: write a number with k, m or g behind it, for example 100m`,
  },
  {
    id: 'edge-tls',
    broken: ({ props, component }) => props.tls === false && component.platform.production,
    message: ({ props }) =>
      `${props.host} would be served without TLS: leave tls out, or use a platform with production set to false`,
  },
  {
    id: 'shared-gateway-listener',
    broken: ({ kind, props: { sharedGateway, tls }, component }) =>
      kind === EdgeKind.HTTP_ROUTE &&
      sharedGateway !== undefined &&
      sharedGateway.sectionName === undefined &&
      tls !== false &&
      component.platform.production,
    message: ({ props: { host, sharedGateway } }) =>
      `${host} would also be served without TLS, by the listener of the Gateway ${sharedGateway?.name} for plain HTTP: write the name of its HTTPS listener in sharedGateway, for example sectionName: 'https'`,
  },
  {
    id: 'gateway-known',
    broken: ({ kind, props }) => kind === EdgeKind.HTTP_ROUTE && !props.sharedGateway && !props.gatewayClassName,
    message: ({ props }) =>
      `${props.host}: an HTTPRoute needs a Gateway: write gatewayClassName for one of its own, or sharedGateway for one that exists`,
  },
  {
    id: 'edge-peer-known',
    broken: (edge) => !edge.component.platform._edgePeerGiven && stranger(edge) !== undefined,
    message: (edge) =>
      `${edge.props.host}: the NetworkPolicies would not let in the pods of ${stranger(edge)}, whose namespace only you know: write edgePeer in the platform, as in { edgePeer: { namespaceLabels: { 'kubernetes.io/metadata.name': '<namespace>' } } }`,
  },
  {
    id: 'azure-gateway-known',
    broken: ({ kind, props: { gatewayClassName, gatewayAnnotations = {}, sharedGateway } }) =>
      kind === EdgeKind.HTTP_ROUTE &&
      !sharedGateway &&
      gatewayClassName?.startsWith('azure-alb-') === true &&
      !Object.keys(gatewayAnnotations).some((name) => name.startsWith('alb.networking.azure.io/')),
    message: ({ props }) =>
      `${props.host}: Application Gateway for Containers programs a Gateway only with its annotations: write alb.networking.azure.io/alb-namespace and alb-name, or alb-id, in gatewayAnnotations`,
  },
];
