/** What every object of Kubernetes has, rendered or live. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly generation?: number;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly labels?: { readonly [key: string]: string };
    readonly annotations?: { readonly [key: string]: string };
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[];
  };
  readonly [field: string]: unknown;
}

/** A condition as most controllers write it into a status. */
export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly observedGeneration?: number;
}

/** An object of a kind whose spec and status are known. */
export type Typed<Spec, Status> = KubernetesObject & { readonly spec: Spec; readonly status?: Status };

/** An object that says in conditions how it is. */
export type WithConditions<Spec = unknown> = Typed<Spec, { readonly conditions?: readonly Condition[] }>;

/** How a person names it. */
export function nameOf({ kind, metadata }: Pick<KubernetesObject, 'kind' | 'metadata'>): string {
  return `${kind} ${metadata.name}`;
}

/** Whether a selector's `matchLabels` are among the labels; an absent selector matches nothing. */
export function matchesLabels(
  wanted: { readonly [key: string]: string } | undefined,
  labels: { readonly [key: string]: string } = {},
): boolean {
  return wanted !== undefined && Object.entries(wanted).every(([key, value]) => labels[key] === value);
}

/** The condition of this type, among those that speak of the newest generation. */
export function conditionOf(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** What a condition says, as the end of a sentence. */
export function reasonOf(condition: Condition | undefined): string {
  if (!condition) return 'its controller has said nothing yet: is it installed and running?';
  const { reason, message } = condition;
  return [reason, message].filter(Boolean).join(': ') || `${condition.type} is ${condition.status}`;
}
