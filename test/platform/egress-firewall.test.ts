import type { Construct } from 'constructs';
import { WorkspaceEgressFirewall } from '../../constructs/platform/egress-firewall';
import { ANTHROPIC_API } from '../../constructs/platform/links';
import { Platform } from '../../constructs/platform/platform';
import { render } from '../render';
import { Program } from './program';

const firewall = (declare: (scope: Construct) => unknown) =>
  render(
    (scope) => {
      new WorkspaceEgressFirewall(scope, 'firewall', scope);
      declare(scope);
    },
    { platform: Platform.openshift() },
  );
const DENY = [
  { type: 'Deny', to: { cidrSelector: '0.0.0.0/0' } },
  { type: 'Deny', to: { cidrSelector: '::/0' } },
];

test('as a manifest: names where they are known to the public, addresses where they are private, then nothing', () => {
  const rendered = firewall((scope) => {
    new Program(scope, 'a', { extraEgress: [ANTHROPIC_API] });
    new Program(scope, 'b', {
      extraEgress: [{ host: 'db.company.com', port: 5432, cidrs: ['10.1.0.0/28', '10.2.0.0/28'] }, ANTHROPIC_API],
    });
  });
  expect(rendered.problems).toEqual([]);
  expect(rendered.find('EgressFirewall')).toMatchSnapshot();
});

test('is called `default`, the only name that OVN-Kubernetes reads', () => {
  expect(firewall(() => {}).find('EgressFirewall').metadata.name).toBe('default');
});

test('ends with a refusal, for the first rule that fits decides', () => {
  expect(firewall(() => {}).find('EgressFirewall').spec.egress).toEqual(DENY);
  const { egress } = firewall((scope) => new Program(scope, 'a', { extraEgress: [ANTHROPIC_API] })).find(
    'EgressFirewall',
  ).spec;
  expect(egress.slice(-2)).toEqual(DENY);
  expect(egress.slice(0, -2).every(({ type }: { type: string }) => type === 'Allow')).toBe(true);
});

test('opens the API server by its address, which is all that pods know of it', () => {
  const kubernetes = { host: 'kubernetes.default.svc', port: 6443, cidrs: ['203.0.113.7/32'] };
  const { egress } = firewall((scope) => new Program(scope, 'a', { extraEgress: [kubernetes] })).find(
    'EgressFirewall',
  ).spec;
  expect(egress[0]).toEqual({
    type: 'Allow',
    to: { cidrSelector: '203.0.113.7/32' },
    ports: [{ port: 6443, protocol: 'TCP' }],
  });
});

test('says the same whatever was declared first', () => {
  const hosts = [{ host: 'b.company.com' }, { host: 'a.company.com' }, ANTHROPIC_API];
  const rules = (extraEgress: typeof hosts) =>
    firewall((scope) => new Program(scope, 'a', { extraEgress })).find('EgressFirewall');
  expect(rules(hosts)).toEqual(rules([...hosts].reverse()));
});

test('narrows by name, so that policies only say which pods may leave at all', () => {
  const rendered = firewall((scope) => {
    new Program(scope, 'leaves', { extraEgress: [{ host: 'login.company.com' }] });
    new Program(scope, 'stays');
  });
  const egressOf = (name: string) => rendered.find('NetworkPolicy', name).spec.egress;
  expect(JSON.stringify(egressOf('leaves'))).toContain('0.0.0.0/0');
  expect(egressOf('stays')).toBeUndefined();
});
