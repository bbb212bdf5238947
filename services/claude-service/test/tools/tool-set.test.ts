import { ToolRule } from '../../src/engine/engine';
import type { AgentTool, ToolOutcome } from '../../src/tools/tool';
import { ToolSet } from '../../src/tools/tool-set';

const never = new AbortController().signal;

function tool(name: string, run: () => Promise<ToolOutcome>): AgentTool {
  return { definition: { name, input_schema: { type: 'object' } }, independent: true, run };
}

const ok = async () => ({ output: 'ok', failed: false });
const allow = (...names: string[]) => new Map(names.map((name) => [name, ToolRule.ALLOW]));

test('a rule for one tool of the gateway goes before the rule for all', () => {
  const rules = new Map([
    ['mcp', ToolRule.ALLOW],
    ['mcp_github_push', ToolRule.DENY],
    ['mcp_github_merge', ToolRule.ASK],
  ]);
  const names = ['mcp_github_search', 'mcp_github_push', 'mcp_github_merge', 'read'];
  const tools = new ToolSet(
    names.map((name) => tool(name, ok)),
    rules,
  );
  expect(names.map((name) => tools.ruleFor(name))).toEqual(['allow', 'deny', 'ask', 'deny']);
  expect(tools.definitions().map(({ name }) => name)).toEqual(['mcp_github_search', 'mcp_github_merge']);
});

test('no other name passes as one of the gateway', () => {
  const tools = new ToolSet([], allow('mcp'));
  expect(['mcpx', 'MCP_x', 'xmcp_', '__proto__', 'constructor'].map((name) => tools.ruleFor(name))).toEqual(
    Array(5).fill('deny'),
  );
});

test('a tool that breaks is an outcome', async () => {
  const tools = new ToolSet([tool('read', () => Promise.reject(new Error('oh')))], allow('read'));
  expect(await tools.run('read', {}, never)).toEqual({ output: 'read failed: oh', failed: true });
});

test('an output can be stored and sent, whatever is in it', async () => {
  const text = 'a\0b\ud800c';
  const odd = async () => ({ output: text, failed: false, content: [{ type: 'text' as const, text }] });
  const tools = new ToolSet([tool('read', odd)], allow('read'));
  const expected = 'a\ufffdb\ufffdc';
  expect(await tools.run('read', {}, never)).toEqual({
    output: expected,
    failed: false,
    content: [{ type: 'text', text: expected }],
  });
});

test('a tool that does not care about an abort is left behind within a second', async () => {
  const leaving = new AbortController();
  const tools = new ToolSet([tool('read', () => new Promise(() => {}))], allow('read'));
  const running = tools.run('read', {}, leaving.signal);
  const begin = performance.now();
  leaving.abort();
  await expect(running).rejects.toThrow();
  expect(performance.now() - begin).toBeLessThan(1000);
});
