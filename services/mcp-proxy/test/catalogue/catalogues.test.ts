import type { Catalogues } from '../../src/catalogue';
import { configurationOf, load, tenant, tool } from './fake-upstreams';

const open: Catalogues[] = [];

async function loaded(...args: Parameters<typeof load>) {
  const all = await load(...args);
  open.push(all.catalogues);
  return all;
}

afterEach(async () => {
  for (const catalogues of open.splice(0)) await catalogues.close();
});

describe('what a tenant shows', () => {
  it('in the order of the names, prefixed and under the own ones, as members of a list', async () => {
    const { catalogues } = await loaded({ a: { tools: [tool('b_c'), tool('a')], prompts: [{ name: 'p' }] } });
    const shown = catalogues.of('a');
    expect(JSON.parse(`[${shown?.toolsJson}]`)).toEqual([tool('a_a'), tool('a_b_c')]);
    expect(JSON.parse(`[${shown?.ownToolsJson}]`)).toEqual([tool('a'), tool('b_c')]);
    expect(shown?.promptsJson).toBe('{"name":"a_p"}');
    expect(shown?.legacyToolsJson).toBe(shown?.toolsJson);
    expect(catalogues.toolCount).toBe(2);
  });

  it('only what the tenant’s filter lets through', async () => {
    const filtered = tenant('a', { tools: { allow: ['read_*'], deny: ['*_secret'] } });
    const { catalogues } = await loaded(
      { a: { tools: ['read_x', 'read_secret', 'write'].map((name) => tool(name)) } },
      [filtered],
    );
    expect([...(catalogues.of('a')?.tools.keys() ?? [])]).toEqual(['read_x']);
    catalogues.update(configurationOf(tenant('a', { tools: { allow: ['write'] } })));
    expect([...(catalogues.of('a')?.tools.keys() ?? [])]).toEqual(['write']);
  });

  it('an output schema that is no object is left out for older clients, which would refuse the whole list', async () => {
    const { catalogues } = await loaded({
      a: { tools: [tool('x', { outputSchema: { type: 'array' } }), tool('y', { outputSchema: { type: 'object' } })] },
    });
    const shown = catalogues.of('a');
    expect(JSON.parse(`[${shown?.legacyOwnToolsJson}]`)).toEqual([
      tool('x'),
      tool('y', { outputSchema: { type: 'object' } }),
    ]);
    expect(JSON.parse(`[${shown?.ownToolsJson}]`)[0]).toHaveProperty('outputSchema');
  });

  const deep = JSON.parse(`${'{"a":'.repeat(200)}1${'}'.repeat(200)}`);
  const header = (schema: object) => tool('t', { inputSchema: { type: 'object', ...schema } });
  it.each([
    ['no name', { inputSchema: {} }],
    ['a name that is no text', { name: 7, inputSchema: {} }],
    ['a name with a line break', tool('a\nb')],
    ['a name too long behind the prefix', tool('x'.repeat(63))],
    ['no input schema', { name: 'x' }],
    ['an input schema that is a list', tool('x', { inputSchema: [] })],
    ['an input schema of a text', tool('x', { inputSchema: { type: 'string' } })],
    ['an input schema without a type', tool('x', { inputSchema: { properties: {} } })],
    ['a description that is no text', tool('x', { description: {} })],
    ['a definition beyond 64 KiB', tool('x', { description: 'a'.repeat(70_000) })],
    ['a definition nested too deeply', tool('x', { inputSchema: { type: 'object', deep } })],
    ['a tool for tasks only', tool('x', { execution: { taskSupport: 'required' } })],
    ['a mirrored number', header({ properties: { a: { type: 'number', 'x-mcp-header': 'A' } } })],
    ['a mirrored list item', header({ items: { properties: { a: { type: 'string', 'x-mcp-header': 'A' } } } })],
    ['a header name with a space', header({ properties: { a: { type: 'string', 'x-mcp-header': 'A B' } } })],
    [
      'a header twice',
      header({
        properties: { a: { type: 'string', 'x-mcp-header': 'A' }, b: { type: 'string', 'x-mcp-header': 'a' } },
      }),
    ],
  ])('not a tool with %s, which is reported and costs no other', async (_, broken) => {
    const { catalogues } = await loaded({ a: { tools: [broken, tool('fine')] } });
    const shown = catalogues.of('a');
    expect([...(shown?.tools.keys() ?? [])]).toEqual(['fine']);
    expect(shown?.leftOut.size).toBe(1);
  });

  it('at most 500 tools, and of two with one name the first', async () => {
    const many = Array.from({ length: 600 }, (_, index) => tool(`t${index}`));
    const { catalogues } = await loaded({ a: { tools: [...many, tool('t1', { title: 'second' })] } });
    expect(catalogues.of('a')?.tools.size).toBe(500);
    expect(catalogues.of('a')?.tools.get('t1')?.definition).toEqual(tool('t1'));
  });
});

describe('what a server says of itself', () => {
  it('is left out when it is nested so deeply that nothing can write it; the tools are shown', async () => {
    let deep = {};
    for (let level = 0; level < 50_000; level++) deep = { deep };
    const { catalogues } = await loaded({ a: { capabilities: deep, tools: [tool('x')] } });
    expect(catalogues.of('a')).toMatchObject({ stale: false, capabilities: {} });
    expect([...(catalogues.of('a')?.tools.keys() ?? [])]).toEqual(['x']);
  });
});

describe('a server that fails', () => {
  it('keeps its entries, marked as stale with their age; the others are as they were', async () => {
    const { catalogues, upstreams } = await loaded({ a: { tools: [tool('x')] }, b: { tools: [tool('y')] } });
    const b = catalogues.of('b');
    upstreams.offers.a = undefined;
    await catalogues.refresh(['a']);
    expect(catalogues.of('a')).toMatchObject({ stale: true, toolsJson: JSON.stringify(tool('a_x')) });
    expect(catalogues.of('b')).toBe(b);
    expect(catalogues.status()).toEqual([
      expect.objectContaining({ tenantId: 'a', tools: 1, stale: true, ageSeconds: expect.any(Number) }),
      expect.objectContaining({ tenantId: 'b', tools: 1, stale: false }),
    ]);
    upstreams.offers.a = { tools: [tool('z')] };
    await catalogues.refresh(['a']);
    expect(catalogues.of('a')).toMatchObject({ stale: false, toolsJson: JSON.stringify(tool('a_z')) });
  });

  it('with entries that no catalogue can be made of keeps those from before, through new pins too', async () => {
    const { catalogues, upstreams } = await loaded({ a: { tools: [tool('x')] } });
    const exposes = (_: string, name: string) => {
      if (name === 'bad') throw new RangeError('Maximum call stack size exceeded');
      return true;
    };
    catalogues.update({ tenants: configurationOf(tenant('a')).tenants, policy: { exposes } });
    upstreams.offers.a = { tools: [tool('bad')] };
    await catalogues.refresh(['a']);
    catalogues.setPins(undefined);
    expect(catalogues.of('a')).toMatchObject({ stale: true, ownToolsJson: JSON.stringify(tool('x')) });
  });

  it('that never answered has no catalogue, and does not hold up the first pass', async () => {
    const { catalogues } = await loaded({ dead: undefined, b: { tools: [tool('y')] } });
    expect(catalogues.firstPassDone).toBe(true);
    expect(catalogues.of('dead')).toBeUndefined();
    expect(catalogues.status()[0]).toMatchObject({ tools: 0, stale: true, ageSeconds: undefined });
  });
});

describe('a new configuration', () => {
  it('a removed tenant is gone at once, an added one is asked, the others are left alone', async () => {
    const { catalogues, upstreams } = await loaded({ a: { tools: [tool('x')] }, b: { tools: [tool('y')] } });
    upstreams.offers.c = { tools: [tool('z')] };
    upstreams.asked = [];
    catalogues.update(configurationOf(tenant('b'), tenant('c')));
    expect(catalogues.of('a')).toBeUndefined();
    await catalogues.refresh([]);
    while (!catalogues.of('c')) await new Promise(setImmediate);
    expect(upstreams.asked).toEqual(['c']);
  });

  it('a server that was corrected while the wrong one is asked, and hangs, is asked at once', async () => {
    const { catalogues, upstreams } = await loaded({ a: undefined });
    upstreams.offers.a = new Promise(() => {});
    void catalogues.refresh(['a']);
    await new Promise(setImmediate);
    const passed = new Promise<void>((resolve) => catalogues.onPass(() => catalogues.of('a') && resolve()));
    upstreams.offers.a = { tools: [tool('x')] };
    catalogues.update(configurationOf(tenant('a', { mcpEndpoint: 'http://corrected:8000/mcp' })));
    await passed;
    expect(catalogues.of('a')).toMatchObject({ stale: false, toolsJson: JSON.stringify(tool('a_x')) });
  });

  it('a corrected server that is down is asked again like a new one, however often the wrong one failed', async () => {
    jest.useFakeTimers();
    try {
      const { catalogues, upstreams } = await loaded({ a: undefined });
      for (let failed = 0; failed < 8; failed++) await catalogues.refresh(['a']);
      catalogues.update(configurationOf(tenant('a', { mcpEndpoint: 'http://corrected:8000/mcp' })));
      await jest.advanceTimersByTimeAsync(0);
      upstreams.asked = [];
      await jest.advanceTimersByTimeAsync(6_000);
      expect(upstreams.asked).toEqual(['a']);
    } finally {
      jest.useRealTimers();
    }
  });

  it('reaches every tenant, though the entries of one cannot be put together any more', async () => {
    const { catalogues, warnings } = await loaded({ a: { tools: [tool('x')] }, b: { tools: [tool('x'), tool('y')] } });
    const { tenants } = configurationOf(tenant('a'), tenant('b'));
    let broken = true;
    const exposes = (tenantId: string, name: string) => {
      if (broken && tenantId === 'a') throw new RangeError('Maximum call stack size exceeded');
      return name === 'x';
    };
    catalogues.update({ tenants, policy: { exposes } });
    expect(catalogues.of('b')?.ownToolsJson).toBe(JSON.stringify(tool('x')));
    expect(catalogues.of('a')).toBeUndefined();
    const warning = 'a: no catalogue could be made of what the server offers';
    expect(warnings).toEqual([warning]);
    await catalogues.refresh(['a']);
    expect(warnings.filter((line) => line === warning).length).toBeGreaterThan(1);
    broken = false;
    await catalogues.refresh(['a']);
    expect(catalogues.of('a')).toMatchObject({ stale: false, ownToolsJson: JSON.stringify(tool('x')) });
  });
});

describe('reading a server anew', () => {
  it('while it is being asked asks it once more, for all who wait', async () => {
    const { catalogues, upstreams } = await loaded({ a: { tools: [] } });
    let end!: (offer: object) => void;
    upstreams.offers.a = new Promise((resolve) => {
      end = resolve;
    });
    upstreams.asked = [];
    const first = catalogues.refresh(['a']);
    await new Promise(setImmediate);
    upstreams.offers.a = { tools: [tool('new')] };
    const others = [catalogues.refresh(['a']), catalogues.refresh(['a'])];
    await new Promise(setImmediate);
    expect(upstreams.asked).toEqual(['a']);
    end({ tools: [tool('old')] });
    await first;
    await Promise.all(others);
    expect(catalogues.of('a')?.ownToolsJson).toBe(JSON.stringify(tool('new')));
    expect(upstreams.asked).toEqual(['a', 'a']);
  });
});

describe('listeners', () => {
  it('are told of a pass, and of contents that changed, not of those that did not', async () => {
    const { catalogues, upstreams } = await loaded({ a: { tools: [tool('x')] }, b: { tools: [tool('y')] } });
    const changed: string[] = [];
    const passes: unknown[] = [];
    catalogues.onChange((tenantId) => changed.push(tenantId));
    catalogues.onPass((...pass) => passes.push(pass));
    upstreams.offers.a = { tools: [tool('x', { description: 'new' })] };
    await catalogues.refresh();
    expect(changed).toEqual(['a']);
    expect(passes).toEqual([[2, 2]]);
  });

  it('a server that says that its list changed is asked again', async () => {
    const { upstreams } = await loaded({ a: { tools: [tool('x')] } });
    upstreams.asked = [];
    for (let said = 0; said < 5; said++) upstreams.sayChanged('a');
    while (upstreams.asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(upstreams.asked).toEqual(['a']);
  });
});
