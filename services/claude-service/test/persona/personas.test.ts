import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError } from '../../../runtime/settings';
import { ToolRule } from '../../src/engine/engine';
import { loadPersonas } from '../../src/persona/personas';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'claude-personas-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, fields: string, instructions = 'Be kind.'): void {
  writeFileSync(join(folder, `${name}.md`), `---\nname: ${name}\ndescription: d\n${fields}\n---\n\n${instructions}\n`);
}

const MODEL = 'model: claude-sonnet-5-5';

test('without any file there is the one that the constructs ship', () => {
  for (const place of [folder, join(folder, 'missing')]) {
    const [[name, amber], ...others] = [...loadPersonas(place)];
    expect(others).toEqual([]);
    expect(name).toBe('amber');
    expect(amber.model).toBe('claude-sonnet-5-5');
    expect(amber.instructions).toMatch(/^# Amber/);
    expect(amber.tools.get('bash')).toBe(ToolRule.ALLOW);
    expect(amber.tools.get('mcp')).toBe(ToolRule.ALLOW);
  }
});

test('tools are what the front matter says, narrowed by ask and deny', () => {
  write('ada', `tools: [Bash, read, write]\nask: [bash]\ndeny: [mcp, write]\n${MODEL}`);
  const ada = loadPersonas(folder).get('ada');
  expect(Object.fromEntries(ada?.tools ?? [])).toEqual({ bash: 'ask', read: 'allow', write: 'deny', mcp: 'deny' });
  expect(ada).toMatchObject({ instructions: 'Be kind.', model: 'claude-sonnet-5-5' });
});

test('one tool of the gateway can be denied, or be the only one', () => {
  write('ada', `tools: read\ndeny: [mcp]\nask: [mcp_github_search]\n${MODEL}`);
  expect(Object.fromEntries(loadPersonas(folder).get('ada')?.tools ?? [])).toEqual({
    read: 'allow',
    mcp: 'deny',
    mcp_github_search: 'ask',
  });
});

test('several are read, as a mounted ConfigMap shows them', () => {
  mkdirSync(join(folder, '..2026_11_21'));
  write('one', `tools: read\n${MODEL}`);
  write('two', `tools: read\n${MODEL}`);
  writeFileSync(join(folder, 'README.txt'), 'not a persona');
  expect([...loadPersonas(folder).keys()]).toEqual(['one', 'two']);
});

test('all faults of all files come together', () => {
  write('one', `tools: [bash, launch]\nmodel: claude-sonnet-4-5-20250929`);
  write('two', `tools: [read]\ndeny: [everything]\n${MODEL}`);
  writeFileSync(join(folder, 'three.md'), 'Hello');
  const faults = (): readonly string[] => {
    try {
      loadPersonas(folder);
      return [];
    } catch (error) {
      return error instanceof ConfigurationError ? error.faults : [String(error)];
    }
  };
  expect(faults()).toEqual([
    expect.stringMatching(/persona one wants launch/),
    expect.stringMatching(/is retired: write claude-sonnet-5-5/),
    expect.stringMatching(/persona three cannot be read/),
    expect.stringMatching(/persona two has everything in ask or deny/),
  ]);
});
