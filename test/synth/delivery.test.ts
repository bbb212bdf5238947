import { loadAll } from 'js-yaml';
import { Platform } from '../../constructs';
import { type Delivery, synthesizeDelivery } from '../../synth/delivery';
import type { Environment } from '../../synth/environment';

const environment: Environment = {
  name: 'small',
  description: 'A small one.',
  workspace: { namespace: { name: 'small' }, platform: Platform.kind() },
};
const REPOSITORY = 'https://git.company.com/ai/workspace.git';
const delivery: Delivery = {
  name: 'gitops',
  repositoryUrl: REPOSITORY,
  flux: {},
  environments: [{ name: 'small' }],
  placeholders: { 'git.company.com': 'your host' },
};

describe('a delivery', () => {
  it('is a folder that a person applies once', () => {
    const { files, problems } = synthesizeDelivery(delivery, [environment]);
    expect(problems).toEqual([]);
    expect(files.map(({ name }) => name)).toEqual(['flux.k8s.yaml', 'Kustomization']);
    expect(files[0].text).toContain('# To replace: git.company.com, your host.');
    expect(files[1].text).toContain('- flux.k8s.yaml');
    const kustomization = loadAll(files[0].text).at(-1);
    expect(kustomization).toMatchObject({ kind: 'Kustomization', spec: { path: './dist/small' } });
  });

  it('names its file after the tool', () => {
    const { flux: _, ...others } = delivery;
    const { files } = synthesizeDelivery({ ...others, argoCd: {} }, [environment]);
    expect(files[0].name).toBe('argo-cd.k8s.yaml');
  });

  it.each([
    ['an environment that is not there', { environments: [{ name: 'smal' }] }, /There is no environment smal/],
    ['an address that is none', { repositoryUrl: 'company/ai' }, /repositoryUrl "company\/ai" is no address/],
    ['a name that is none', { environments: [{ name: 'small', automatic: true }] }, /automatic: unknown key/],
  ])('renders nothing with %s', (_, wrong, sentence) => {
    const { files, problems } = synthesizeDelivery({ ...delivery, ...wrong }, [environment]);
    expect(files).toEqual([]);
    expect(problems.join('\n')).toMatch(sentence);
  });
});
