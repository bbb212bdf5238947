import fc from 'fast-check';
import { readContract } from '../../constructs/azure/contract';
import sample from '../../contracts/aks-production.json';
import { aksProduction } from '../../environments/aks-production';
import { aksProduction as azure } from '../../environments/azure/aks-production';
import { synthesize } from '../../synth/environment';
import { ruleIds } from '../broken-rules';

const HINT = '. Write it anew: docs/azure.md, "Hand over to the manifests"';
const { tenantId: _, ...withoutTenant } = sample;
const { secretReader } = sample.identities;

function problems(content: unknown): string[] {
  return readContract(content, 'aks-production').problems.map((problem) => {
    expect(problem.startsWith('contracts/aks-production.json: ')).toBe(true);
    expect(problem.endsWith(HINT)).toBe(true);
    return problem.slice('contracts/aks-production.json: '.length, -HINT.length);
  });
}

describe('the contract of this repository', () => {
  test('is right, and clearly made up', () => {
    expect(readContract(sample, 'aks-production')).toEqual({ contract: sample, problems: [] });
    expect(sample.tenantId).toBe('00000000-0000-0000-0000-000000000000');
    expect(sample.outboundAddresses).toEqual([expect.stringMatching(/^203\.0\.113\./)]);
  });
});

describe('the two halves of aks-production', () => {
  test('mean the same ServiceAccounts', () => {
    const accounts = Object.values(sample.identities).map(({ serviceAccount }) => serviceAccount);
    expect(accounts).toEqual(expect.arrayContaining(azure.identities.map(({ serviceAccount }) => serviceAccount)));
    expect(accounts).toHaveLength(azure.identities.length);
  });

  test('agree on who reads the vault: the trusted ServiceAccount is rendered, with the id of the contract', () => {
    const [text] = synthesize(aksProduction).files.flatMap((file) =>
      file.name.includes('secrets') ? [file.text] : [],
    );
    const { namespace, name } = secretReader.serviceAccount;
    const account = text.split('\n---\n').find((object) => object.includes('kind: ServiceAccount'));
    expect(account).toContain(`azure.workload.identity/client-id: ${secretReader.clientId}`);
    expect(account).toContain(`  name: ${name}\n  namespace: ${namespace}\n`);
  });
});

describe('a contract', () => {
  test('may name further identities and an application for sign-in', () => {
    const more = {
      ...sample,
      identities: { secretReader, files: secretReader },
      signIn: { clientId: sample.tenantId },
    };
    expect(readContract(more, 'aks-production').contract).toEqual(more);
  });

  const broken: [rule: string, when: string, content: unknown, sentence: string][] = [
    ['', 'a missing value', withoutTenant, 'tenantId: missing; it must be given'],
    ['', 'nothing at all', undefined, 'expected an object, got nothing'],
    ['', 'the whole `terraform output -json`', { contract: { value: sample } }, 'contract: unknown key'],
    [
      '',
      'a misspelt key',
      { ...withoutTenant, tenantID: sample.tenantId },
      'tenantID: unknown key; did you mean tenantId?',
    ],
    [
      '',
      'an id that is none',
      { ...sample, tenantId: 'company.onmicrosoft.com' },
      'tenantId: "company.onmicrosoft.com" does not match',
    ],
    [
      '',
      'a value that is known after apply only',
      { ...sample, clusterIssuer: null },
      'clusterIssuer: null is not allowed; leave the key out',
    ],
    [
      '',
      'an address that is none',
      { ...sample, outboundAddresses: ['203.0.113.256'] },
      'outboundAddresses[0]: "203.0.113.256" does not match',
    ],
    ['', 'no address', { ...sample, outboundAddresses: [] }, 'outboundAddresses: has 0 entries'],
    [
      '',
      'an issuer without TLS',
      { ...sample, clusterIssuer: 'http://issuer.example.com/' },
      'clusterIssuer: "http://issuer.example.com/" does not match',
    ],
    [
      '',
      'a later form',
      { version: 2, anything: true },
      'version: it has the form 2, and this version of the synth reads form 1',
    ],
    ['', 'a version in words', { ...sample, version: '1' }, 'version: expected an integer, got the string "1"'],
    [
      'contract-environment',
      'the contract of another environment',
      { ...sample, environment: 'aks-test' },
      'environment: the contract is of "aks-test", not of "aks-production": save the output of the right stack',
    ],
    [
      'contract-secret-reader',
      'no identity that reads the vault',
      { ...sample, identities: {} },
      'identities.secretReader: missing; the cluster reads the Key Vault with it',
    ],
    [
      'contract-service-account',
      'a ServiceAccount with a name that Kubernetes refuses',
      {
        ...sample,
        identities: { secretReader: { ...secretReader, serviceAccount: { namespace: 'Open_WebUI', name: 'x' } } },
      },
      'identities.secretReader.serviceAccount: "Open_WebUI" and "x" are not both names in Kubernetes',
    ],
  ];

  test.each(broken)('%s is refused for %s', (_rule, _when, content, sentence) => {
    expect(problems(content)).toContainEqual(expect.stringContaining(sentence));
  });

  test('has no rule that is not broken above', () => {
    const rules = new Set(broken.map(([rule]) => rule).filter((rule) => rule !== ''));
    expect([...rules].sort()).toEqual(ruleIds('constructs/azure/contract.ts').sort());
  });

  test('tells all that is missing at once', () => {
    expect(problems({ version: 1 })).toHaveLength(5);
  });

  test('is read from anything without a throw, and with problems gives nothing of it', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (content) => {
        const { contract, problems: found } = readContract(content, 'aks-production');
        expect(found.length).toBeGreaterThan(0);
        expect(contract.identities.secretReader.clientId).toBe('unknown');
      }),
      { seed: 7, numRuns: 200 },
    );
  });
});
