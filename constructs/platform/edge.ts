import { ApiObject, Lazy } from 'cdk8s';
import { k8s } from 'cdk8s-plus-30';
import { Construct } from 'constructs';
import {
  Gateway,
  GatewaySpecListenersAllowedRoutesNamespacesFrom,
  GatewaySpecListenersTlsMode,
  HttpRoute,
  HttpRouteSpecRulesFiltersRequestRedirectScheme,
  HttpRouteSpecRulesFiltersRequestRedirectStatusCode,
  HttpRouteSpecRulesFiltersType,
} from '../../imports/gateway.networking.k8s.io';
import {
  Route,
  RouteSpecTlsInsecureEdgeTerminationPolicy,
  RouteSpecTlsTermination,
  RouteSpecToKind,
  RouteSpecWildcardPolicy,
} from '../../imports/route.openshift.io';
import type { Component } from './component';
import { EDGE_RULES } from './edge-rules';
import { WorkspaceNamespace } from './namespace';
import { EdgeKind, type ForeignPeer } from './platform';
import { checkAtSynth } from './rules';

/** A Gateway that somebody else runs. */
export interface SharedGateway {
  readonly name: string;
  /**
   * The NetworkPolicies let its pods in. Where they stand elsewhere, as those of Envoy Gateway do, write `edgePeer` in the
   * platform. @default - the namespace of the route
   */
  readonly namespace?: string;
  /** Name of its HTTPS listener; needed for production. @default - every listener that fits the host, plain HTTP too */
  readonly sectionName?: string;
}

/** An address that a Gateway asks for. */
export interface GatewayAddress {
  /** For example `IPAddress` or `alb.networking.azure.io/alb-frontend`. */
  readonly type: string;
  readonly value: string;
}

/** How people reach a component from outside the cluster. */
export interface EdgeProps {
  /** Host name, without scheme and path. The app's assets break below a path prefix, so it has a host of its own. */
  readonly host: string;
  /** Further host names. @default - none */
  readonly additionalHosts?: string[];
  /** @default - the platform's */
  readonly kind?: EdgeKind;
  /** Whether the edge speaks TLS. @default true */
  readonly tls?: boolean;
  /** Secret with the certificate; unused by Routes, which have the router's. @default - the component's name and `-tls` */
  readonly tlsSecretName?: string;
  /** The cert-manager ClusterIssuer that makes the certificate. @default - the Secret exists already */
  readonly clusterIssuer?: string;
  /** How long an answer may take: models think for minutes. Unit: seconds. @default 3600 */
  readonly timeoutSeconds?: number;
  /** Largest request body, as nginx writes it; only for Ingress. @default `100m` */
  readonly maxBodySize?: string;
  /** Only for Ingress. @default `nginx` */
  readonly ingressClassName?: string;
  /** Only for HTTPRoute: attach to this Gateway. @default - a Gateway of its own */
  readonly sharedGateway?: SharedGateway;
  /**
   * Only for HTTPRoute with a Gateway of its own. Its load balancer is in the namespace's quota. Istio runs the Gateway's
   * pods here too, where only an `allowance` gives them room and only a NetworkPolicy of yours opens them: rather share
   * a Gateway of another namespace. @default - none; then `sharedGateway` is needed
   */
  readonly gatewayClassName?: string;
  /** Only for a Gateway of its own: annotations by which its controller knows it. @default - those of cert-manager */
  readonly gatewayAnnotations?: { [key: string]: string };
  /** Only for a Gateway of its own: `spec.addresses`. @default - given by the controller */
  readonly gatewayAddresses?: GatewayAddress[];
  /** Only for HTTPRoute: filters of the rule, as in `HTTPRoute.spec.rules[].filters`. @default - none */
  readonly filters?: unknown[];
  /** Only for HTTPRoute: rules that come first, as in `HTTPRoute.spec.rules`. @default - none */
  readonly additionalRules?: unknown[];
  /** Annotations of the Ingress, HTTPRoute or Route. @default - those the edge needs */
  readonly annotations?: { [key: string]: string };
}

/** The way into the cluster: a Gateway API route, an Ingress or an OpenShift Route, as the platform has it. */
export class Edge extends Construct {
  public readonly kind: EdgeKind;
  /** All host names, the main one first. */
  public readonly hosts: string[];
  /** Address that people type, without a trailing slash. */
  public readonly url: string;
  /** How long an answer may take. Unit: seconds. */
  public readonly timeoutSeconds: number;
  /** Where its traffic comes from. @internal */
  public readonly _peer: ForeignPeer;
  /** True where the traffic from the edge to the pods is encrypted too. @internal */
  public _reencrypt = false;

  constructor(
    scope: Construct,
    id: string,
    public readonly component: Component,
    public readonly props: EdgeProps,
  ) {
    super(scope, id);
    this.kind = props.kind ?? component.platform.edge;
    this.hosts = [props.host, ...(props.additionalHosts ?? [])];
    this.timeoutSeconds = props.timeoutSeconds ?? 3600;
    this.url = `${props.tls === false ? 'http' : 'https'}://${props.host}`;
    this._peer = component.platform._peerOf(this.kind, props.sharedGateway?.namespace);
    this.render();
    component.allowFrom(this._peer, 'Edge', 'http', this.url);
    if (props.clusterIssuer && this.kind !== EdgeKind.ROUTE) {
      WorkspaceNamespace.of(this)?.allowAcmeSolvers(this.hosts.length, this._peer);
    }
    checkAtSynth(this, EDGE_RULES, () => this);
  }

  /** Every edge of the app. @internal */
  public get _all(): Edge[] {
    return this.node.root.node.findAll().filter((construct): construct is Edge => construct instanceof Edge);
  }

  private get tlsSecret(): string {
    return this.props.tlsSecretName ?? `${this.component.name}-tls`;
  }

  private get timeout(): string {
    return `${this.timeoutSeconds}s`;
  }

  private render(): void {
    if (this.kind === EdgeKind.INGRESS) {
      this.addIngress();
    } else if (this.kind === EdgeKind.ROUTE) {
      this.hosts.forEach((host, index) => {
        this.addRoute(host, index);
      });
    } else {
      this.addHttpRoutes();
    }
  }

  private addIngress(): void {
    const { props, component } = this;
    const tls = props.tls !== false;
    const seconds = String(this.timeoutSeconds);
    const backend = { service: { name: component.serviceName, port: { name: 'http' } } };
    new ApiObject(
      this,
      'Ingress',
      k8s.KubeIngress.manifest({
        metadata: {
          name: component.name,
          labels: component.labels,
          annotations: {
            ...(props.clusterIssuer ? { 'cert-manager.io/cluster-issuer': props.clusterIssuer } : {}),
            'nginx.ingress.kubernetes.io/proxy-body-size': props.maxBodySize ?? '100m',
            'nginx.ingress.kubernetes.io/proxy-read-timeout': seconds,
            'nginx.ingress.kubernetes.io/proxy-send-timeout': seconds,
            ...props.annotations,
          },
        },
        spec: {
          ingressClassName: props.ingressClassName ?? 'nginx',
          tls: tls ? [{ hosts: this.hosts, secretName: this.tlsSecret }] : undefined,
          rules: this.hosts.map((host) => ({ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } })),
        },
      }),
    );
  }

  private addRoute(host: string, index: number): void {
    const { props, component } = this;
    new ApiObject(this, index === 0 ? 'Route' : `Route-${host}`, {
      ...Route.GVK,
      metadata: {
        name: index === 0 ? component.name : `${component.name}-${index}`,
        labels: component.labels,
        annotations: {
          'haproxy.router.openshift.io/timeout': this.timeout,
          'haproxy.router.openshift.io/timeout-tunnel': this.timeout,
          ...props.annotations,
        },
      },
      spec: Lazy.any({
        produce: () =>
          Route.manifest({
            spec: {
              host,
              to: { kind: RouteSpecToKind.SERVICE, name: component.serviceName, weight: 100 },
              port: { targetPort: 'http' },
              tls:
                props.tls === false
                  ? undefined
                  : {
                      termination: this._reencrypt ? RouteSpecTlsTermination.REENCRYPT : RouteSpecTlsTermination.EDGE,
                      insecureEdgeTerminationPolicy: RouteSpecTlsInsecureEdgeTerminationPolicy.REDIRECT,
                    },
              wildcardPolicy: RouteSpecWildcardPolicy.NONE,
            },
          }).spec,
      }),
    });
  }

  private addHttpRoutes(): void {
    const { props, component } = this;
    const shared = props.sharedGateway;
    if (!shared && props.gatewayClassName) {
      this.addGateway(props.gatewayClassName);
    }
    // Everything that the API server would fill in is written out: Argo CD otherwise reports a difference for ever.
    const kind = { group: 'gateway.networking.k8s.io', kind: 'Gateway' };
    const port = component.servicePort('http');
    const parents = shared ? [{ ...kind, ...shared }] : this.ownListeners(kind);
    this.addHttpRoute('HttpRoute', component.name, parents, [
      ...(props.additionalRules ?? []),
      {
        matches: [{ path: { type: 'PathPrefix', value: '/' } }],
        filters: props.filters,
        backendRefs: [{ group: '', kind: 'Service', name: component.serviceName, port, weight: 1 }],
        timeouts: { request: this.timeout, backendRequest: this.timeout },
      },
    ]);
    if (!shared && props.tls !== false) {
      const http = { ...kind, name: component.name, sectionName: 'http' };
      this.addHttpRoute(
        'HttpsRedirect',
        `${component.name}-redirect`,
        [http],
        [
          {
            matches: [{ path: { type: 'PathPrefix', value: '/' } }],
            filters: [
              {
                type: HttpRouteSpecRulesFiltersType.REQUEST_REDIRECT,
                requestRedirect: {
                  scheme: HttpRouteSpecRulesFiltersRequestRedirectScheme.HTTPS,
                  statusCode: HttpRouteSpecRulesFiltersRequestRedirectStatusCode.VALUE_301,
                },
              },
            ],
          },
        ],
      );
    }
  }

  private ownListeners(kind: object): object[] {
    const name = this.component.name;
    return this.props.tls === false
      ? [{ ...kind, name, sectionName: 'http' }]
      : this.hosts.map((_, index) => ({ ...kind, name, sectionName: listenerName(index) }));
  }

  private addHttpRoute(id: string, name: string, parentRefs: object[], rules: unknown[]): void {
    const manifest = {
      ...HttpRoute.GVK,
      metadata: { name, labels: this.component.labels, annotations: this.props.annotations },
      spec: { hostnames: this.hosts, parentRefs, rules },
    };
    new ApiObject(this, id, manifest);
  }

  private addGateway(gatewayClassName: string): void {
    const { props, component } = this;
    const allowedRoutes = { namespaces: { from: GatewaySpecListenersAllowedRoutesNamespacesFrom.SAME } };
    const https = this.hosts.map((hostname, index) => ({
      name: listenerName(index),
      hostname,
      port: 443,
      protocol: 'HTTPS',
      tls: {
        mode: GatewaySpecListenersTlsMode.TERMINATE,
        certificateRefs: [{ group: '', kind: 'Secret', name: this.tlsSecret }],
      },
      allowedRoutes,
    }));
    new ApiObject(
      this,
      'Gateway',
      Gateway.manifest({
        metadata: {
          name: component.name,
          labels: component.labels,
          annotations: {
            ...(props.clusterIssuer ? { 'cert-manager.io/cluster-issuer': props.clusterIssuer } : {}),
            ...props.gatewayAnnotations,
          },
        },
        spec: {
          gatewayClassName,
          addresses: props.gatewayAddresses,
          listeners: [
            { name: 'http', port: 80, protocol: 'HTTP', allowedRoutes },
            ...(props.tls === false ? [] : https),
          ],
        },
      }),
    );
  }
}

function listenerName(index: number): string {
  return index === 0 ? 'https' : `https-${index}`;
}
