import type { IIngressStatus } from 'kubernetes-models/networking.k8s.io/v1';
import type { Check, CheckContext } from '../check';
import { type Entrance, entrancesOf } from '../entrances';
import { type Finding, judged, unchecked } from '../finding';
import type { Typed } from '../kubernetes/object';
import { ingressAddresses } from './edge';

/** What a person without an account sees. */
export const frontDoor: Check = {
  name: 'front-door',
  about: 'the host answers from here with a trusted certificate, and sends strangers to the sign-in',
  async *run(context) {
    for (const entrance of entrancesOf(context.rendered)) yield await knock(context, entrance);
  },
};

async function knock(context: CheckContext, entrance: Entrance): Promise<Finding> {
  const { host, tls } = entrance;
  const subject = `${tls ? 'https' : 'http'}://${host}/`;
  const address = await addressOf(context, entrance);
  if (address === undefined) return unchecked(subject, 'has no address yet: see edge');
  try {
    const { status, location, distrust } = await context.visit(host, address, tls !== undefined);
    const guarded = hasSignIn(context);
    const elsewhere = location !== undefined && new URL(location, subject).hostname !== host;
    const problems = [
      ...(distrust ? [`browsers will not trust its certificate: ${distrust}`] : []),
      ...(status >= 500 || status === 404 ? [`answers ${status}: the edge reaches no pod`] : []),
      ...(guarded && status < 300 ? [`answers ${status} to a stranger, though a sign-in is rendered before it`] : []),
    ];
    const sends = elsewhere ? `sends strangers to ${new URL(location).hostname}` : `answers ${status}`;
    return judged(subject, problems, sends);
  } catch (error) {
    return unchecked(subject, `does not answer at ${address} from here: ${(error as Error).message}`);
  }
}

async function addressOf({ cluster }: CheckContext, { by, host }: Entrance): Promise<string | undefined> {
  const live = await cluster.live(by);
  if (!live) return undefined;
  if (by.kind === 'Route' || by.kind === 'HTTPRoute') return host;
  if (by.kind === 'Ingress') return ingressAddresses(live as Typed<unknown, IIngressStatus>)[0];
  return (live.status as { addresses?: { value?: string }[] } | undefined)?.addresses?.[0]?.value;
}

/** A sign-in of its own stands before Open WebUI where a sidecar is the target of the Service. */
function hasSignIn({ rendered }: CheckContext): boolean {
  return rendered
    .services()
    .flatMap(({ spec }) => spec.template.spec?.initContainers ?? [])
    .some(({ restartPolicy, name }) => restartPolicy === 'Always' && name === 'oauth-proxy');
}
