/**
 * A selector with one more matcher: `requests_total{job="x"}` becomes `requests_total{namespace="a",job="x"}`.
 * @param selector a metric, with or without matchers
 * @param matcher form: PromQL, for example `namespace="a"`; none leaves the selector as it is
 */
export function narrowed(selector: string, matcher?: string): string {
  if (matcher === undefined) {
    return selector;
  }
  const [metric, others] = selector.split('{', 2);
  return others === undefined ? `${metric}{${matcher}}` : `${metric}{${matcher},${others}`;
}

/** The matcher of one workspace's series; PodMonitors give each series the namespace of its pod. */
export function ofNamespace(namespace?: string): string | undefined {
  return namespace === undefined ? undefined : `namespace="${namespace}"`;
}
