import { Evaluator, type PodSet, type Policy } from './evaluator';

// Each case is worked out by hand from the reference of NetworkPolicy and the examples on
// https://kubernetes.io/docs/concepts/services-networking/network-policies.

const NAMESPACE = 'kubernetes.io/metadata.name';
const TEAM: { readonly [namespace: string]: string } = { ours: 'a', theirs: 'b' };
const pods = (name: string, namespace = 'ours'): PodSet => ({ name, namespace, labels: { app: name } });
const [web, db, other] = [pods('web'), pods('db'), pods('other')];
const foreignWeb = pods('web', 'theirs');
const app = (name: string) => ({ matchLabels: { app: name } });
const team = (name: string) => ({ matchLabels: { team: name } });
const policy = (spec: Policy['spec'], namespace = 'ours'): Policy => ({ metadata: { namespace }, spec });
const tcp = (port: number) => ({ port, protocol: 'TCP' });

const evaluator = (...policies: Policy[]) =>
  new Evaluator(policies, (namespace) => ({ [NAMESPACE]: namespace, team: TEAM[namespace] }));
const intoDb = (...ingress: NonNullable<Policy['spec']['ingress']>) =>
  evaluator(policy({ podSelector: app('db'), policyTypes: ['Ingress'], ingress }));

describe('pods that no policy selects', () => {
  test('are open', () => {
    expect(evaluator().podToPod(web, db, 5432)).toBe(true);
    expect(evaluator().podToAddress(web, '203.0.113.7', 443)).toBe(true);
    expect(evaluator().addressToPod('203.0.113.7', web, 80)).toBe(true);
  });

  test('are open although another pod, another direction or another namespace is closed', () => {
    const closed = (namespace: string, policyTypes: string[]) =>
      evaluator(policy({ podSelector: app('db'), policyTypes }, namespace));
    expect(closed('ours', ['Ingress']).podToPod(web, other, 80)).toBe(true);
    expect(closed('ours', ['Ingress']).podToPod(db, web, 80)).toBe(true);
    expect(closed('theirs', ['Ingress']).podToPod(web, db, 5432)).toBe(true);
  });
});

describe('a default denial', () => {
  const closed = evaluator(policy({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] }));

  test('closes every pod of its namespace in both directions', () => {
    expect(closed.podToPod(web, db, 5432)).toBe(false);
    expect(closed.podToAddress(web, '203.0.113.7', 443)).toBe(false);
    expect(closed.addressToPod('203.0.113.7', web, 80)).toBe(false);
    expect(closed.podToPod(foreignWeb, db, 5432)).toBe(false);
  });

  test('is opened only when both ends are: a connection needs the egress of one and the ingress of the other', () => {
    const denial = policy({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
    const out = policy({
      podSelector: app('web'),
      policyTypes: ['Egress'],
      egress: [{ to: [{ podSelector: app('db') }] }],
    });
    const into = policy({
      podSelector: app('db'),
      policyTypes: ['Ingress'],
      ingress: [{ from: [{ podSelector: app('web') }] }],
    });
    expect(evaluator(denial, out).podToPod(web, db, 5432)).toBe(false);
    expect(evaluator(denial, into).podToPod(web, db, 5432)).toBe(false);
    expect(evaluator(denial, out, into).podToPod(web, db, 5432)).toBe(true);
    expect(evaluator(denial, out, into).podToPod(db, web, 5432)).toBe(false);
  });
});

describe('a rule', () => {
  test('lets in from any of its peers: the list is an "or"', () => {
    const open = intoDb({ from: [{ podSelector: app('web') }, { podSelector: app('other') }] });
    expect(open.podToPod(web, db, 5432)).toBe(true);
    expect(open.podToPod(other, db, 5432)).toBe(true);
    expect(open.podToPod(pods('third'), db, 5432)).toBe(false);
  });

  test('is one of several: what any rule or any policy allows is allowed', () => {
    const second = policy({
      podSelector: app('db'),
      policyTypes: ['Ingress'],
      ingress: [{ from: [{ podSelector: app('other') }] }],
    });
    const first = policy({
      podSelector: app('db'),
      policyTypes: ['Ingress'],
      ingress: [{ from: [{ podSelector: app('web') }] }],
    });
    expect(evaluator(first, second).podToPod(web, db, 5432)).toBe(true);
    expect(evaluator(first, second).podToPod(other, db, 5432)).toBe(true);
  });

  test('needs its peer and its port together', () => {
    const open = intoDb({ from: [{ podSelector: app('web') }], ports: [tcp(5432)] });
    expect(open.podToPod(web, db, 5432)).toBe(true);
    expect(open.podToPod(web, db, 22)).toBe(false);
    expect(open.podToPod(other, db, 5432)).toBe(false);
  });

  test('without peers is for everybody, in the cluster and outside', () => {
    for (const open of [intoDb({ ports: [tcp(5432)] }), intoDb({ from: [], ports: [tcp(5432)] })]) {
      expect(open.podToPod(foreignWeb, db, 5432)).toBe(true);
      expect(open.addressToPod('203.0.113.7', db, 5432)).toBe(true);
      expect(open.podToPod(web, db, 22)).toBe(false);
    }
  });

  test('without ports is for every port', () => {
    const from = [{ podSelector: app('web') }];
    expect(intoDb({ from }).podToPod(web, db, 22)).toBe(true);
    expect(intoDb({ from, ports: [] }).podToPod(web, db, 22)).toBe(true);
    expect(intoDb({ from, ports: [{ protocol: 'TCP' }] }).podToPod(web, db, 22)).toBe(true);
    expect(intoDb({ from, ports: [{ protocol: 'UDP' }] }).podToPod(web, db, 22)).toBe(false);
  });

  test('that is empty is for everybody and every port', () => {
    expect(intoDb({}).podToPod(foreignWeb, db, 22)).toBe(true);
  });

  test('for UDP opens no TCP port, and a port without a protocol is a TCP port', () => {
    expect(intoDb({ ports: [{ port: 53, protocol: 'UDP' }] }).podToPod(web, db, 53)).toBe(false);
    expect(intoDb({ ports: [{ port: 53 }] }).podToPod(web, db, 53)).toBe(true);
  });
});

describe('a peer', () => {
  test('of pods alone means pods of the namespace of the policy', () => {
    const open = intoDb({ from: [{ podSelector: app('web') }] });
    expect(open.podToPod(web, db, 5432)).toBe(true);
    expect(open.podToPod(foreignWeb, db, 5432)).toBe(false);
  });

  test('of a namespace means all pods of namespaces with these labels', () => {
    const open = intoDb({ from: [{ namespaceSelector: team('b') }] });
    expect(open.podToPod(foreignWeb, db, 5432)).toBe(true);
    expect(open.podToPod(pods('other', 'theirs'), db, 5432)).toBe(true);
    expect(open.podToPod(web, db, 5432)).toBe(false);
  });

  test('of a namespace and of pods is an "and" in one entry, and an "or" in two', () => {
    const both = intoDb({ from: [{ namespaceSelector: team('b'), podSelector: app('web') }] });
    expect(both.podToPod(foreignWeb, db, 5432)).toBe(true);
    expect(both.podToPod(pods('other', 'theirs'), db, 5432)).toBe(false);
    expect(both.podToPod(web, db, 5432)).toBe(false);

    const either = intoDb({ from: [{ namespaceSelector: team('b') }, { podSelector: app('web') }] });
    expect(either.podToPod(foreignWeb, db, 5432)).toBe(true);
    expect(either.podToPod(pods('other', 'theirs'), db, 5432)).toBe(true);
    expect(either.podToPod(web, db, 5432)).toBe(true);
    expect(either.podToPod(other, db, 5432)).toBe(false);
  });

  test('of empty selectors means all namespaces, or all pods of one', () => {
    expect(intoDb({ from: [{ namespaceSelector: {} }] }).podToPod(foreignWeb, db, 5432)).toBe(true);
    expect(intoDb({ from: [{ podSelector: {} }] }).podToPod(other, db, 5432)).toBe(true);
    expect(intoDb({ from: [{ podSelector: {} }] }).podToPod(foreignWeb, db, 5432)).toBe(false);
  });

  test('selects by all of its labels together', () => {
    const open = intoDb({ from: [{ podSelector: { matchLabels: { app: 'web', tier: 'front' } } }] });
    expect(open.podToPod(web, db, 5432)).toBe(false);
    expect(open.podToPod({ ...web, labels: { app: 'web', tier: 'front', more: 'x' } }, db, 5432)).toBe(true);
  });

  test('of addresses is no pod: their addresses come and go', () => {
    expect(intoDb({ from: [{ ipBlock: { cidr: '0.0.0.0/0' } }] }).podToPod(web, db, 5432)).toBe(false);
  });
});

describe('addresses', () => {
  const outOf = (cidr: string, except?: string[]) =>
    evaluator(
      policy({ podSelector: app('web'), policyTypes: ['Egress'], egress: [{ to: [{ ipBlock: { cidr, except } }] }] }),
    );

  test.each([
    ['172.17.0.0/16', '172.17.1.2', true],
    ['172.17.0.0/16', '172.18.1.2', false],
    ['10.0.0.0/8', '10.255.255.255', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['203.0.113.7/32', '203.0.113.7', true],
    ['203.0.113.7/32', '203.0.113.8', false],
    ['0.0.0.0/0', '255.255.255.255', true],
    ['192.0.2.128/25', '192.0.2.127', false],
    ['192.0.2.128/25', '192.0.2.128', true],
  ])('%s holds %s: %s', (cidr, address, expected) => {
    expect(outOf(cidr).podToAddress(web, address, 443)).toBe(expected);
  });

  test('of an exception are not reached', () => {
    const open = outOf('172.17.0.0/16', ['172.17.1.0/24']);
    expect(open.podToAddress(web, '172.17.0.9', 443)).toBe(true);
    expect(open.podToAddress(web, '172.17.1.9', 443)).toBe(false);
  });

  test('are reached all the same where another peer names them', () => {
    const egress = [
      {
        to: [{ ipBlock: { cidr: '172.17.0.0/16', except: ['172.17.1.0/24'] } }, { ipBlock: { cidr: '172.17.1.9/32' } }],
      },
    ];
    const open = evaluator(policy({ podSelector: {}, policyTypes: ['Egress'], egress }));
    expect(open.podToAddress(web, '172.17.1.9', 443)).toBe(true);
    expect(open.podToAddress(web, '172.17.1.8', 443)).toBe(false);
  });
});

test('what it cannot read it refuses to judge', () => {
  const expressions = { matchExpressions: [{ key: 'app', operator: 'Exists' }] };
  const open = evaluator(policy({ podSelector: expressions, policyTypes: ['Ingress'] }));
  expect(() => open.podToPod(web, db, 5432)).toThrow('matchExpressions are not evaluated here');
});
