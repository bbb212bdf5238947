import { quoted } from '../schema/value-words';
import type { Part } from './part';
import { givenOf, type RuleSet } from './rule-set';

/** The filters of an HTTPRoute, each in a field of its own. */
const FILTERS: { readonly [type: string]: string } = {
  CORS: 'cors',
  ExtensionRef: 'extensionRef',
  RequestHeaderModifier: 'requestHeaderModifier',
  RequestMirror: 'requestMirror',
  RequestRedirect: 'requestRedirect',
  ResponseHeaderModifier: 'responseHeaderModifier',
  URLRewrite: 'urlRewrite',
};

/** The CEL rules of HTTPRoute, Gateway and Route that a rendered object can break. Source: their CRDs, x-kubernetes-validations. */
export const routeObjectRules: RuleSet[] = [
  {
    kinds: ['HTTPRoute'],
    parts: ({ spec }) => spec.items('rules'),
    rules: [
      {
        id: 'redirect-with-backend',
        broken: (rule) =>
          rule.items('backendRefs').length > 0 && rule.items('filters').some((filter) => filter.has('requestRedirect')),
        message: () => 'has a RequestRedirect filter and backendRefs; leave the backendRefs out',
      },
      {
        id: 'redirect-with-rewrite',
        broken: (rule) =>
          ['requestRedirect', 'urlRewrite'].every((name) => rule.items('filters').some((filter) => filter.has(name))),
        message: () => 'has a RequestRedirect and a URLRewrite filter; leave one',
      },
    ],
  },
  {
    kinds: ['HTTPRoute'],
    parts: ({ spec }) => filters(spec),
    rules: [
      {
        id: 'filter-type',
        broken: (filter) => {
          const field = FILTERS[filter.text('type') ?? ''];
          return field !== undefined && givenOf(filter, Object.values(FILTERS)).join() !== field;
        },
        message: (filter) =>
          `type is ${filter.text('type')}, so give ${FILTERS[filter.text('type') ?? '']} and no other filter`,
      },
    ],
  },
  {
    kinds: ['HTTPRoute'],
    parts: ({ spec }) => spec.items('rules').flatMap((rule) => rule.items('backendRefs')),
    rules: [
      {
        id: 'backend-port',
        broken: (backend) => isService(backend) && !backend.has('port'),
        message: () => 'refers to a Service, so port must be given',
      },
    ],
  },
  {
    kinds: ['HTTPRoute'],
    parts: ({ spec }) => spec.items('rules').flatMap((rule) => rule.items('matches').map((match) => match.at('path'))),
    rules: [
      {
        id: 'match-path',
        broken: (path) => path.text('type') !== 'RegularExpression' && !isCleanPath(path.text('value') ?? '/'),
        message: (path) => `value ${quoted(path.text('value') ?? '')} must be a clean path that starts with "/"`,
      },
    ],
  },
  {
    kinds: ['Gateway'],
    parts: ({ spec }) => spec.items('listeners'),
    rules: [
      {
        id: 'listener-tls',
        broken: (listener) => listener.has('tls') && listener.text('protocol') === 'HTTP',
        message: () => 'has tls and protocol HTTP; write protocol HTTPS, or leave tls out',
      },
      {
        id: 'listener-certificate',
        broken: (listener) => terminates(listener.at('tls')) && !hasCertificate(listener.at('tls')),
        message: () => 'ends TLS without a certificate; give tls.certificateRefs',
      },
    ],
  },
  {
    kinds: ['Route'],
    parts: ({ spec }) => [spec.at('tls')],
    rules: [
      {
        id: 'route-passthrough-insecure',
        broken: (tls) =>
          tls.text('termination') === 'passthrough' && tls.text('insecureEdgeTerminationPolicy') === 'Allow',
        message: () => 'termination is passthrough, so insecureEdgeTerminationPolicy must be None or Redirect',
      },
      {
        id: 'route-certificate-twice',
        broken: (tls) => tls.has('certificate') && tls.has('externalCertificate'),
        message: () => 'has certificate and externalCertificate; leave one',
      },
    ],
  },
];

function filters(route: Part): Part[] {
  return route
    .items('rules')
    .flatMap((rule) => [rule, ...rule.items('backendRefs')])
    .flatMap((place) => place.items('filters'));
}

function isService(backend: Part): boolean {
  return (backend.text('group') ?? '') === '' && (backend.text('kind') ?? 'Service') === 'Service';
}

function isCleanPath(path: string): boolean {
  const steps = path.split('/').slice(1);
  const clean = steps.every(
    (step, index) => step !== '.' && step !== '..' && (step !== '' || index === steps.length - 1),
  );
  return path.startsWith('/') && clean && /^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%(?!2[fF])[0-9a-fA-F]{2})+$/.test(path);
}

function terminates(tls: Part): boolean {
  return tls.given && (tls.text('mode') ?? 'Terminate') === 'Terminate';
}

function hasCertificate(tls: Part): boolean {
  return tls.items('certificateRefs').length > 0 || tls.at('options').keys.length > 0;
}
