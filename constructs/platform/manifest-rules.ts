import { accessControlRules } from './manifest-rules/access-control-rules';
import { containerRules } from './manifest-rules/container-rules';
import { metadataRules } from './manifest-rules/metadata-rules';
import { networkRules } from './manifest-rules/network-rules';
import { Part } from './manifest-rules/part';
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

/** The sentences of the rules that a manifest breaks, each with the path of the field. */
export function manifestRuleErrors(manifest: unknown): string[] {
  const root = new Part(manifest);
  return RULE_SETS.flatMap((set) => brokenRules(set, root));
}
