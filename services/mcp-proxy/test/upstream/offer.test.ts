import type { JsonObject, UpstreamAnswer } from '../../src/upstream';
import { readOffer } from '../../src/upstream/offer';

const introduction = (capabilities: JsonObject) => ({ serverInfo: {}, capabilities, protocolVersion: '2026-07-28' });
const tools = { tools: {} };

function asked(answer: (method: string, params: JsonObject) => UpstreamAnswer) {
  const methods: string[] = [];
  const ask = async (method: string, params: JsonObject) => {
    methods.push(method);
    return answer(method, params);
  };
  return { ask, methods };
}

describe('the lists of a server', () => {
  it('are asked for only where its capabilities name them, page by page', async () => {
    const { ask, methods } = asked((_, { cursor }) =>
      cursor === undefined
        ? { result: { tools: [{ name: 'a' }], nextCursor: '2' } }
        : { result: { tools: [{ name: 'b' }, 'no object'] } },
    );
    const offer = await readOffer(introduction(tools), ask);
    expect(offer.tools).toEqual([{ name: 'a' }, { name: 'b' }]);
    expect(methods).toEqual(['tools/list', 'tools/list']);
  });

  it('an entry nested so deeply that nothing can write it is left out, and no other', async () => {
    const deep = JSON.parse(`${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`);
    const { ask } = asked(() => ({ result: { tools: [{ name: 'a' }, deep, { name: 'b' }] } }));
    expect((await readOffer(introduction(tools), ask)).tools).toEqual([{ name: 'a' }, { name: 'b' }]);
  });

  it('prompts and resources that are declared and then refused are empty', async () => {
    const { ask } = asked((method) =>
      method === 'tools/list' ? { result: { tools: [] } } : { error: { code: -32601, message: 'no' } },
    );
    expect(await readOffer(introduction({ tools: {}, prompts: {}, resources: {} }), ask)).toMatchObject({
      prompts: [],
      resources: [],
      resourceTemplates: [],
    });
  });

  it('refused tools are a failure: they must not look like none', async () => {
    const { ask } = asked(() => ({ error: { code: -32603, message: 'no' } }));
    await expect(readOffer(introduction(tools), ask)).rejects.toMatchObject({ kind: 'broken-answer' });
  });

  it('that never end are given up', async () => {
    let page = 0;
    const { ask, methods } = asked(() => ({ result: { tools: [], nextCursor: String(page++) } }));
    await readOffer(introduction(tools), ask);
    expect(methods).toHaveLength(100);
    const same = asked(() => ({ result: { tools: [], nextCursor: 'again' } }));
    await readOffer(introduction(tools), same.ask);
    expect(same.methods).toHaveLength(2);
  });

  it('are kept up to 2,000 entries and 4 MiB of text', async () => {
    const many = asked(() => ({
      result: { tools: Array.from({ length: 1_500 }, () => ({ name: 'a' })), nextCursor: 'x' },
    }));
    expect((await readOffer(introduction(tools), many.ask)).tools).toHaveLength(2_000);
    const large = { name: 'a', description: 'x'.repeat(1024 * 1024) };
    const heavy = asked(() => ({ result: { tools: [large, large, large, large, large] } }));
    expect((await readOffer(introduction(tools), heavy.ask)).tools).toHaveLength(3);
  });
});
