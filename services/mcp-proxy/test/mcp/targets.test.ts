import type { TenantCatalogue } from '../../src/catalogue';
import { resourceOwner, targetOf } from '../../src/mcp/targets';

describe('targetOf', () => {
  const knows =
    (...names: string[]) =>
    (_tenantId: string, name: string) =>
      names.includes(name);

  test('at /mcp the first underscore ends the tenant', () => {
    expect(targetOf({}, 'a_b_c', knows())).toEqual({ tenantId: 'a', name: 'b_c' });
  });

  test.each(['echo', '_echo', ''])('at /mcp %j belongs to no tenant', (name) => {
    expect(targetOf({}, name, knows())).toEqual({ tenantId: '', name });
  });

  test("at a tenant's endpoint the server's own name goes first", () => {
    const scope = { tenantId: 'github' };
    expect(targetOf(scope, 'search', knows('search'))).toEqual({ tenantId: 'github', name: 'search' });
    expect(targetOf(scope, 'github_search', knows('search'))).toEqual({ tenantId: 'github', name: 'search' });
    expect(targetOf(scope, 'github_search', knows('search', 'github_search')).name).toBe('github_search');
  });

  test("at a tenant's endpoint another tenant's prefix leads nowhere else", () => {
    expect(targetOf({ tenantId: 'github' }, 'google_search', knows('search')).tenantId).toBe('github');
  });
});

describe('resourceOwner', () => {
  const offers = (tenantId: string, uris: string[], templates: string[] = [], capabilities: object = {}) =>
    ({
      tenantId,
      resourceUris: new Set(uris),
      resourceTemplates: templates,
      capabilities,
    }) as unknown as TenantCatalogue;

  const lookup = (...catalogues: TenantCatalogue[]) => ({
    of: (id: string) => catalogues.find(({ tenantId }) => tenantId === id),
  });

  const all = lookup(
    offers('a', [], ['db://{table}/{row}']),
    offers('b', ['file:///x', 'db://users/1']),
    offers('c', ['file:///x']),
  );

  test('is the first tenant that lists the URI, in the order of the ids', () => {
    expect(resourceOwner(['a', 'b', 'c'], 'file:///x', all)).toBe('b');
  });

  test('a listed URI goes before a template', () => {
    expect(resourceOwner(['a', 'b', 'c'], 'db://users/1', all)).toBe('b');
    expect(resourceOwner(['a', 'b', 'c'], 'db://users/2', all)).toBe('a');
  });

  test('is never a tenant that the caller may not use', () => {
    expect(resourceOwner(['c'], 'db://users/1', all)).toBeUndefined();
    expect(resourceOwner(['a', 'c'], 'file:///x', all)).toBe('c');
  });

  test('an unlisted URI goes to the only tenant with resources', () => {
    const two = lookup(offers('a', [], [], { resources: {} }), offers('b', []));
    expect(resourceOwner(['a', 'b'], 'file:///new', two)).toBe('a');
    const both = lookup(offers('a', [], [], { resources: {} }), offers('b', [], [], { resources: {} }));
    expect(resourceOwner(['a', 'b'], 'file:///new', both)).toBeUndefined();
  });
});
