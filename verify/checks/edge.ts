import type { IIngressSpec, IIngressStatus } from 'kubernetes-models/networking.k8s.io/v1';
import type { Check, CheckContext } from '../check';
import { type Finding, failed, judged } from '../finding';
import { type Condition, conditionOf, type KubernetesObject, nameOf, reasonOf, type Typed } from '../kubernetes/object';
import { look } from '../look';

type Conditions = { readonly conditions?: readonly Condition[] };
type Gateway = Typed<
  { readonly listeners: readonly { readonly name: string }[] },
  Conditions & {
    readonly addresses?: readonly { readonly value?: string }[];
    readonly listeners?: readonly (Conditions & { readonly name: string })[];
  }
>;
type HttpRoute = Typed<
  { readonly parentRefs?: readonly { readonly name: string; readonly sectionName?: string }[] },
  { readonly parents?: readonly (Conditions & { readonly parentRef: { name: string; sectionName?: string } })[] }
>;
type Route = Typed<
  { readonly host?: string },
  { readonly ingress?: readonly (Conditions & { readonly host?: string })[] }
>;

/** Whether the controllers of the edge took what was rendered, and gave it an address. */
export const edge: Check = {
  name: 'edge',
  about: 'Gateway, HTTPRoute, Ingress and Route are accepted and have an address',
  async *run(context) {
    yield* judge<Gateway>(
      context,
      'Gateway',
      gatewayProblems,
      ({ status }) => `is programmed at ${(status?.addresses ?? []).map(({ value }) => value).join(', ')}`,
    );
    yield* judge<HttpRoute>(context, 'HTTPRoute', routeProblems, () => 'is accepted by each of its parents');
    yield* judge<Typed<IIngressSpec, IIngressStatus>>(
      context,
      'Ingress',
      (live) => (ingressAddresses(live).length > 0 ? [] : ['has no address: does its class have a controller?']),
      (live) => `has the address ${ingressAddresses(live).join(', ')}`,
    );
    yield* judge<Route>(context, 'Route', openShiftProblems, ({ spec }) => `is admitted as ${spec.host}`);
  },
};

/** Addresses that a live Ingress was given. */
export function ingressAddresses({ status }: Typed<unknown, IIngressStatus>): string[] {
  return (status?.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }) => hostname ?? ip ?? []);
}

async function* judge<Item extends KubernetesObject>(
  { rendered, cluster }: CheckContext,
  kind: string,
  problemsOf: (live: Item) => string[],
  otherwise: (live: Item) => string,
): AsyncGenerator<Finding> {
  for (const object of rendered.ofKind<Item>(kind)) {
    yield await look(nameOf(object), async () => {
      const live = await cluster.live(object);
      if (!live) return failed(nameOf(object), 'is not in the cluster: apply the manifests');
      const problems = problemsOf(live);
      return judged(nameOf(object), problems, problems.length > 0 ? '' : otherwise(live));
    });
  }
}

function gatewayProblems({ spec, status }: Gateway): string[] {
  const listeners = spec.listeners.flatMap(({ name }) => {
    const conditions = status?.listeners?.find((listener) => listener.name === name)?.conditions;
    return unmet(conditions, ['Accepted', 'Programmed', 'ResolvedRefs']).map((text) => `listener ${name}: ${text}`);
  });
  const address = (status?.addresses ?? []).length > 0 ? [] : ['has no address'];
  return [...unmet(status?.conditions, ['Accepted', 'Programmed']), ...listeners, ...address];
}

function routeProblems({ spec, status }: HttpRoute): string[] {
  return (spec.parentRefs ?? []).flatMap(({ name, sectionName }) => {
    const answers = (status?.parents ?? []).filter(
      ({ parentRef }) => parentRef.name === name && parentRef.sectionName === sectionName,
    );
    const parent = [name, sectionName].filter(Boolean).join('/');
    if (answers.length === 0) return [`${parent} has not answered: is its controller running?`];
    return answers.flatMap(({ conditions }) =>
      unmet(conditions, ['Accepted', 'ResolvedRefs']).map((text) => `${parent}: ${text}`),
    );
  });
}

function openShiftProblems({ spec, status }: Route): string[] {
  const own = (status?.ingress ?? []).find(({ host }) => host === spec.host);
  if (!own) return [`no router has taken the host ${spec.host}`];
  return unmet(own.conditions, ['Admitted']);
}

function unmet(conditions: readonly Condition[] | undefined, types: readonly string[]): string[] {
  return types
    .map((type) => ({ type, condition: conditionOf(conditions, type) }))
    .filter(({ condition }) => condition?.status !== 'True')
    .map(({ type, condition }) => `not ${type}: ${reasonOf(condition)}`);
}
