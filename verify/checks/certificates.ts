import { X509Certificate } from 'node:crypto';
import type { Check, CheckContext } from '../check';
import { type Entrance, entrancesOf } from '../entrances';
import { type Finding, failed, judged, passed } from '../finding';
import { UnknownKind } from '../kubernetes/api-server';
import { conditionOf, type KubernetesObject, reasonOf, type WithConditions } from '../kubernetes/object';

const DAY = 24 * 3600 * 1000;
const FEW_DAYS = 14;
type Secret = KubernetesObject & { readonly data?: { readonly [key: string]: string } };
type Certificate = WithConditions<{ readonly secretName: string }>;

/** Whether browsers will get a certificate that is valid, and for how long. */
export const certificates: Check = {
  name: 'certificates',
  about: 'the TLS certificate of each host is there, for that host, and has days left; cert-manager says it is ready',
  async *run(context) {
    for (const entrance of entrancesOf(context.rendered)) {
      const subject = `TLS of ${entrance.host}`;
      if (!entrance.tls) yield passed(subject, 'is not used here: the entrance is plain HTTP');
      else if (!entrance.tls.secret) yield passed(subject, 'is kept by the router or a shared Gateway: see front-door');
      else {
        yield await inSecret(context, subject, entrance.host, entrance.tls.secret);
        if (entrance.tls.issued) yield await issued(context, entrance, entrance.tls.secret);
      }
    }
  },
};

async function inSecret({ cluster, now }: CheckContext, subject: string, host: string, name: string): Promise<Finding> {
  const secret = await cluster.find<Secret>('v1', 'Secret', name);
  if (!secret) return failed(subject, `there is no Secret ${name}: who issues the certificate has not yet`);
  const text = Buffer.from(secret.data?.['tls.crt'] ?? '', 'base64').toString('utf8');
  if (!text.includes('BEGIN CERTIFICATE')) return failed(subject, `Secret ${name} has no certificate in tls.crt`);
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(text);
  } catch {
    return failed(subject, `what Secret ${name} has in tls.crt is not a certificate`);
  }
  const begin = Date.parse(certificate.validFrom);
  const end = Date.parse(certificate.validTo);
  const left = Math.floor((end - now()) / DAY);
  // Certificates of a few weeks or days are renewed late by design: what counts is the share that is left.
  const few = Math.min(FEW_DAYS * DAY, (end - begin) / 5);
  const problems = [
    ...(certificate.checkHost(host) ? [] : [`the certificate is for ${certificate.subjectAltName ?? 'no host'}`]),
    ...(begin > now() ? [`it is valid from ${certificate.validFrom} only`] : []),
    ...(left < 0 ? [`it ended at ${certificate.validTo}`] : []),
    ...(left >= 0 && end - now() < few ? [`it ends in ${left} days and was not renewed`] : []),
    ...(secret.data?.['tls.key'] ? [] : [`Secret ${name} has no tls.key`]),
  ];
  return judged(subject, problems, `is valid for ${left} more days`);
}

async function issued({ cluster }: CheckContext, { host, by }: Entrance, secretName: string): Promise<Finding> {
  const subject = `Certificate of ${host}`;
  try {
    const all = await cluster.list<Certificate>('cert-manager.io/v1', 'Certificate');
    const own = all.find(({ spec }) => spec.secretName === secretName);
    if (!own) return failed(subject, `cert-manager made none for ${by.kind} ${by.metadata.name}: is it installed?`);
    const ready = conditionOf(own.status?.conditions, 'Ready');
    return judged(subject, ready?.status === 'True' ? [] : [`is not ready: ${reasonOf(ready)}`], 'is ready');
  } catch (error) {
    if (error instanceof UnknownKind) return failed(subject, 'cert-manager is not installed, and is to issue it');
    throw error;
  }
}
