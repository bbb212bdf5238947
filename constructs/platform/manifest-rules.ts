import { accessControlRules } from './manifest-rules/access-control-rules';
import { containerRules } from './manifest-rules/container-rules';
import { Manifest } from './manifest-rules/manifest';
import { metadataRules } from './manifest-rules/metadata-rules';
import { networkRules } from './manifest-rules/network-rules';
import { podRules } from './manifest-rules/pod-rules';
import { probeRules } from './manifest-rules/probe-rules';
import { routeObjectRules } from './manifest-rules/route-rules';
import { brokenRules, type ManifestRule, type RuleSet } from './manifest-rules/rule-set';
import { serviceRules } from './manifest-rules/service-rules';
import { storageRules } from './manifest-rules/storage-rules';
import { workloadRules } from './manifest-rules/workload-rules';

const RULE_SETS: readonly RuleSet[] = [
  ...metadataRules,
  ...podRules,
  ...containerRules,
  ...probeRules,
  ...workloadRules,
  ...serviceRules,
  ...networkRules,
  ...routeObjectRules,
  ...storageRules,
  ...accessControlRules,
];

/** Every rule about a single object that no schema says and that the API server holds. */
export const manifestRules: readonly ManifestRule[] = RULE_SETS.flatMap(({ rules }) => rules);

const SETS_OF_KIND = new Map<string, readonly RuleSet[]>();

/** The sentences of the rules that a manifest breaks, each with the path of the field. */
export function manifestRuleErrors(object: unknown): string[] {
  const manifest = new Manifest(object);
  return setsOf(manifest.kind).flatMap((set) => brokenRules(set, manifest));
}

function setsOf(kind: string): readonly RuleSet[] {
  const known = SETS_OF_KIND.get(kind);
  const sets = known ?? RULE_SETS.filter(({ kinds }) => kinds?.includes(kind) ?? true);
  if (!known) {
    SETS_OF_KIND.set(kind, sets);
  }
  return sets;
}
