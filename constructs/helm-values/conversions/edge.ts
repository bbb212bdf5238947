import { EdgeKind } from '../../platform/platform';
import type { Draft } from '../draft';
import { HelmFindingKind } from '../finding';
import { type Conversion, flag, isEmpty, list, note, text } from './conversion';

const { CARRIED, RENAMED, IGNORED, REPLACED, TO_FILL_IN } = HelmFindingKind;

/** The way in. */
export const EDGE_CONVERSIONS: readonly Conversion[] = [
  {
    path: 'ingress.enabled',
    convert: (value, draft, path) => {
      if (flag(value)) draft.edge.kind = EdgeKind.INGRESS;
      draft.note(path, CARRIED, flag(value) ? 'edge, of kind Ingress' : 'no edge');
    },
  },
  {
    path: 'ingress.class',
    convert: (value, draft, path) => edge(draft, path, CARRIED, 'ingressClassName', text(value)),
  },
  {
    path: 'ingress.className',
    convert: (value, draft, path) => edge(draft, path, RENAMED, 'ingressClassName', text(value), 'ingress.class'),
  },
  { path: 'ingress.host', convert: (value, draft, path) => edge(draft, path, CARRIED, 'host', text(value)) },
  {
    path: 'ingress.hosts.**',
    convert: (value, draft, path) => {
      const [host, ...others] = list(value).map((entry) => text((entry as { host?: string }).host ?? entry));
      edge(draft, path, RENAMED, 'host', host, 'ingress.host (without it the host stays chat.example.com)');
      if (others.length > 0) draft.edge.additionalHosts = others;
      if (list(value).some((entry) => (entry as { paths?: unknown }).paths))
        draft.note(`${path}[].paths`, IGNORED, "the app has a host of its own: every path is the app's");
    },
  },
  {
    path: 'ingress.additionalHosts.**',
    convert: (value, draft, path) =>
      edge(
        draft,
        path,
        CARRIED,
        'additionalHosts',
        list(value).map((entry) => text((entry as { host?: string }).host ?? entry)),
      ),
  },
  {
    path: 'ingress.existingSecret',
    convert: (value, draft, path) => edge(draft, path, CARRIED, 'tlsSecretName', text(value)),
  },
  {
    path: 'ingress.tls',
    convert: (value, draft, path) => {
      if (!Array.isArray(value)) {
        edge(draft, path, CARRIED, 'tls', flag(value));
        return;
      }
      const [first] = value as { secretName?: string }[];
      edge(draft, path, RENAMED, 'tlsSecretName', first?.secretName, 'ingress.tls: true and ingress.existingSecret');
    },
  },
  { path: 'ingress.annotations.**', convert: readAnnotations },
  { path: 'ingress.extraLabels.**', convert: note(REPLACED, 'every object has the labels of its component') },
  { path: 'route.**', convert: note(TO_FILL_IN, 'edge with a kind of HTTPRoute, and its sharedGateway') },
  {
    path: 'managedCertificate.**',
    convert: note(TO_FILL_IN, "Google's certificate: edge.clusterIssuer, or edge.tlsSecretName of one that exists"),
  },
];

function edge<Key extends keyof Draft['edge']>(
  draft: Draft,
  path: string,
  kind: HelmFindingKind,
  name: Key,
  value: Draft['edge'][Key],
  chartsKey?: string,
): void {
  if (isEmpty(value)) {
    draft.note(path, REPLACED, 'empty, which is the default');
    return;
  }
  draft.edge[name] = value;
  draft.note(path, kind, chartsKey ? `the chart reads ${chartsKey}; edge.${name}` : `edge.${name}`);
}

const BODY_SIZE = 'nginx.ingress.kubernetes.io/proxy-body-size';
const TIMEOUTS = ['nginx.ingress.kubernetes.io/proxy-read-timeout', 'nginx.ingress.kubernetes.io/proxy-send-timeout'];
const ISSUER = 'cert-manager.io/cluster-issuer';

function readAnnotations(value: unknown, draft: Draft, path: string): void {
  for (const [name, given] of Object.entries((value ?? {}) as { [name: string]: unknown })) {
    const at = `${path}[${name}]`;
    if (name === ISSUER) edge(draft, at, CARRIED, 'clusterIssuer', text(given));
    else if (name === BODY_SIZE) edge(draft, at, CARRIED, 'maxBodySize', text(given));
    else if (TIMEOUTS.includes(name))
      draft.note(at, REPLACED, `edge.timeoutSeconds is 3600: ${text(given)} seconds would cut long answers off`);
    else {
      draft.edge.annotations = { ...draft.edge.annotations, [name]: text(given) };
      draft.note(at, CARRIED, 'edge.annotations');
    }
  }
}
