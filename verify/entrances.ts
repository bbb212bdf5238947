import type { IIngressSpec } from 'kubernetes-models/networking.k8s.io/v1';
import type { KubernetesObject, Typed } from './kubernetes/object';
import type { RenderedEnvironment } from './rendered';

/** A host that people type, and what serves it. */
export interface Entrance {
  readonly host: string;
  /** Nothing for plain HTTP. */
  readonly tls?: {
    /** Secret with the certificate; nothing when the router has one of its own. */
    readonly secret?: string;
    /** Whether cert-manager was asked for it. */
    readonly issued: boolean;
  };
  /** The object whose status has the address. */
  readonly by: KubernetesObject;
}

type Gateway = Typed<
  {
    readonly listeners: readonly {
      readonly protocol: string;
      readonly hostname?: string;
      readonly tls?: { readonly certificateRefs?: readonly { readonly name: string }[] };
    }[];
  },
  unknown
>;
type HttpRoute = Typed<
  { readonly hostnames?: readonly string[]; readonly parentRefs?: readonly { readonly namespace?: string }[] },
  unknown
>;
type Route = Typed<{ readonly host: string; readonly tls?: unknown }, unknown>;

/** The hosts of an environment, read from its Gateway, Ingress, Route, or HTTPRoute at a shared Gateway. */
export function entrancesOf(rendered: RenderedEnvironment): Entrance[] {
  const shared = rendered
    .ofKind<HttpRoute>('HTTPRoute')
    .filter(({ spec }) => spec.parentRefs?.some(({ namespace }) => namespace !== undefined));
  const hosts = [...new Set(shared.flatMap(({ spec }) => spec.hostnames ?? []))];
  return [
    ...rendered.ofKind<Gateway>('Gateway').flatMap((gateway) =>
      gateway.spec.listeners.flatMap(({ protocol, hostname, tls }) => {
        if (hostname === undefined) return [];
        const secret = tls?.certificateRefs?.[0]?.name;
        return [
          { host: hostname, by: gateway, ...(protocol === 'HTTPS' ? { tls: { secret, issued: asked(gateway) } } : {}) },
        ];
      }),
    ),
    ...rendered.ofKind<Typed<IIngressSpec, unknown>>('Ingress').flatMap((ingress) =>
      (ingress.spec.rules ?? []).flatMap(({ host }) => {
        if (host === undefined) return [];
        const tls = ingress.spec.tls?.find(({ hosts }) => hosts?.includes(host));
        return [{ host, by: ingress, ...(tls ? { tls: { secret: tls.secretName, issued: asked(ingress) } } : {}) }];
      }),
    ),
    // A Gateway that others keep: its certificate is theirs, and only DNS knows its address.
    ...hosts.map((host) => ({ host, by: shared[0], tls: { issued: false } })),
    ...rendered
      .ofKind<Route>('Route')
      .map((route) => ({ host: route.spec.host, by: route, ...(route.spec.tls ? { tls: { issued: false } } : {}) })),
  ];
}

function asked({ metadata }: KubernetesObject): boolean {
  return Object.keys(metadata.annotations ?? {}).some((key) => /^cert-manager\.io\/(cluster-)?issuer$/.test(key));
}
