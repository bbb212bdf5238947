import { finds } from './broken';
import type { Loose, Replay } from './replay';

const DAY = 24 * 3600 * 1000;
const set = (conditions: Loose[], type: string, change: Loose) =>
  Object.assign(
    conditions.find((condition) => condition.type === type),
    change,
  );
const certificate = (replay: Replay) => replay.one('secrets', 'open-webui-tls');

finds('edge', [
  {
    name: 'a Gateway that is not programmed',
    break: (replay) => {
      const { conditions } = replay.one('gateways', 'open-webui').status;
      set(conditions, 'Programmed', { status: 'False', reason: 'AddressNotAssigned', message: 'no public address' });
    },
    says: /Gateway open-webui: not Programmed: AddressNotAssigned: no public address/,
  },
  {
    name: 'a listener whose certificate is not there',
    break: (replay) => {
      const listener = replay
        .one('gateways', 'open-webui')
        .status.listeners.find(({ name }: Loose) => name === 'https');
      set(listener.conditions, 'ResolvedRefs', { status: 'False', reason: 'InvalidCertificateRef', message: '' });
    },
    says: /listener https: not ResolvedRefs: InvalidCertificateRef/,
  },
  {
    name: 'a Gateway without an address',
    break: (replay) => {
      replay.one('gateways', 'open-webui').status.addresses = [];
    },
    says: /Gateway open-webui: has no address/,
  },
  {
    name: 'a route that its Gateway refuses',
    break: (replay) => {
      const { parents } = replay.one('httproutes', 'open-webui').status;
      set(parents[0].conditions, 'Accepted', { status: 'False', reason: 'NoMatchingListenerHostname', message: '' });
    },
    says: /HTTPRoute open-webui: open-webui\/https: not Accepted: NoMatchingListenerHostname/,
  },
  {
    name: 'a route that nobody looks after',
    break: (replay) => {
      replay.one('httproutes', 'open-webui-redirect').status = undefined;
    },
    says: /HTTPRoute open-webui-redirect: open-webui\/http has not answered: is its controller running\?/,
  },
  {
    name: 'an Ingress without an address',
    environment: 'phase2-kind',
    break: (replay) => {
      replay.one('ingresses', 'openwebui').status = { loadBalancer: {} };
    },
    says: /Ingress openwebui: has no address: does its class have a controller\?/,
  },
]);

finds('certificates', [
  {
    name: 'a certificate close to its end',
    break: (replay) => {
      replay.now += 80 * DAY;
    },
    says: /TLS of chat\.company\.com: it ends in \d days and was not renewed/,
  },
  {
    name: 'a certificate that ended',
    break: (replay) => {
      replay.now += 100 * DAY;
    },
    says: /TLS of chat\.company\.com: it ended at /,
  },
  {
    name: 'a certificate of tomorrow',
    break: (replay) => {
      replay.now -= 2 * DAY;
    },
    says: /it is valid from .* only/,
  },
  {
    name: 'a certificate for another host',
    break: (replay) => {
      replay.renderedOne('Gateway', 'open-webui').spec.listeners[1].hostname = 'chat.example.com';
    },
    says: /TLS of chat\.example\.com: the certificate is for DNS:chat\.company\.com/,
  },
  {
    name: 'a certificate that nobody issued',
    break: (replay) => replay.remove('secrets', 'open-webui-tls'),
    says: /TLS of chat\.company\.com: there is no Secret open-webui-tls/,
  },
  {
    name: 'something that is no certificate',
    break: (replay) => {
      certificate(replay).data['tls.crt'] = Buffer.from('hello').toString('base64');
    },
    says: /Secret open-webui-tls has no certificate in tls\.crt/,
  },
  {
    name: 'a certificate without its key',
    break: (replay) => {
      certificate(replay).data['tls.key'] = '';
    },
    says: /Secret open-webui-tls has no tls\.key/,
  },
  {
    name: "cert-manager's refusal",
    break: (replay) => {
      replay.one('certificates', 'open-webui-tls').status.conditions = [
        { type: 'Ready', status: 'False', reason: 'Failed', message: 'the order is invalid' },
      ];
    },
    says: /Certificate of chat\.company\.com: is not ready: Failed: the order is invalid/,
  },
  {
    name: 'a cluster without cert-manager',
    break: (replay) => replay.refuse('/apis/cert-manager.io/v1', 404),
    says: /Certificate of chat\.company\.com: cert-manager is not installed/,
  },
]);

finds('front-door', [
  {
    name: 'a page that strangers see without the sign-in',
    environment: 'phase2-kind',
    break: (replay) => {
      replay.page = { status: 200 };
    },
    says: /http:\/\/openwebui\.local\/: answers 200 to a stranger, though a sign-in is rendered before it/,
  },
  {
    name: 'an edge that reaches no pod',
    break: (replay) => {
      replay.page = { status: 503 };
    },
    says: /https:\/\/chat\.company\.com\/: answers 503: the edge reaches no pod/,
  },
  {
    name: 'a certificate that browsers do not trust',
    break: (replay) => {
      replay.page = { status: 200, distrust: 'SELF_SIGNED_CERT_IN_CHAIN' };
    },
    says: /browsers will not trust its certificate: SELF_SIGNED_CERT_IN_CHAIN/,
  },
  {
    name: 'the same behind a Gateway that others keep',
    break: (replay) => {
      for (const name of ['open-webui', 'open-webui-redirect']) {
        replay.renderedOne('HTTPRoute', name).spec.parentRefs[0].namespace = 'gateway-system';
      }
      replay.renderedOne('Gateway', 'open-webui').spec.listeners = [];
      replay.page = { status: 404 };
    },
    says: /^failed: https:\/\/chat\.company\.com\/: answers 404: the edge reaches no pod$/,
  },
  {
    name: 'an edge that cannot be reached from here, as not checked',
    break: (replay) => {
      replay.page = new Error('connect ETIMEDOUT');
    },
    says: /does not answer at 127\.0\.0\.1 from here: connect ETIMEDOUT/,
    state: 'not checked',
  },
]);
