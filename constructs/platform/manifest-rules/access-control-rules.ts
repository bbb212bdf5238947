import type { Part } from './part';
import { ofKind } from './parts-of';
import type { RuleSet } from './rule-set';

const ofRoles = (manifest: Part): Part[] =>
  ofKind('Role', 'ClusterRole')(manifest).flatMap((role) => role.items('rules'));
const ofBindings = (manifest: Part): Part[] =>
  ofKind('RoleBinding', 'ClusterRoleBinding')(manifest).flatMap((binding) => binding.items('subjects'));

/** Source: pkg/apis/rbac/validation. */
export const accessControlRules: RuleSet[] = [
  {
    parts: ofRoles,
    rules: [
      {
        id: 'role-verbs',
        broken: (rule) => rule.has('verbs') && rule.items('verbs').length === 0,
        message: () => 'verbs is empty; give what may be done, such as get',
      },
      {
        id: 'role-urls',
        broken: (rule, manifest) => rule.has('nonResourceURLs') && manifest.text('kind') === 'Role',
        message: () => 'nonResourceURLs belongs to a ClusterRole',
      },
      {
        id: 'role-resources',
        broken: (rule) =>
          !rule.has('nonResourceURLs') &&
          (rule.items('apiGroups').length === 0 || rule.items('resources').length === 0),
        message: () => 'needs apiGroups ("" for the core group) and resources',
      },
    ],
  },
  {
    parts: ofBindings,
    rules: [
      {
        id: 'subject-namespace',
        broken: (subject) => subject.text('kind') === 'ServiceAccount' && !subject.text('namespace'),
        message: () => 'is a ServiceAccount, so namespace must be given',
      },
    ],
  },
];
