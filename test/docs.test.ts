import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import manifest from '../package.json';
import { SETTINGS } from '../services/claude-service/src/settings';
import { GATEWAY_VARIABLES } from '../services/mcp-proxy/src/configuration/settings';

// What the pages name is there: files, headings, commands, variables.

const root = path.join(__dirname, '..');
/** Folders that are no pages of ours: installed, rendered, built, or fixtures. */
const SKIPPED = new Set(['node_modules', '.git', '.build', 'dist', 'cdktf.out', 'lib', 'test', 'imports']);

function pagesIn(folder: string): string[] {
  return fs.readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = path.posix.join(folder, entry.name);
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : pagesIn(name);
    return name.endsWith('.md') && !/verification-report-/.test(name) ? [name] : [];
  });
}

const pages = pagesIn('').map((name) => ({ name, text: fs.readFileSync(path.join(root, name), 'utf8') }));

/** A page without its blocks of code. */
const prose = (text: string) => text.replaceAll(/^\s*```[\s\S]*?^\s*```$/gm, '');

/** The anchor that GitHub gives to a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
}

function anchorsOf(file: string): Set<string> {
  const text = prose(fs.readFileSync(file, 'utf8'));
  return new Set([...text.matchAll(/^#{1,6} (.*)$/gm)].map(([, heading]) => anchorOf(heading)));
}

function brokenLink(page: string, target: string): boolean {
  const [file, anchor] = target.split('#');
  const at = file === '' ? path.join(root, page) : path.resolve(root, path.dirname(page), decodeURI(file));
  return !fs.existsSync(at) || (anchor !== undefined && at.endsWith('.md') && !anchorsOf(at).has(anchor));
}

/** Folders at the top whose files a page may name in backquotes; what a build writes is not looked for. */
const TOP =
  /^(\.changeset|\.ci|\.github|cli|constructs|contracts|docs|e2e|environments|examples|images|open-webui-functions|releases|scripts|services|synth|test|verify)\//;
const WRITTEN_BY_A_BUILD = /^services\/[^/]+\/dist\//;

/** Paths in backquotes and in commands. One with a placeholder or a pattern is none. */
function pathsIn(text: string): string[] {
  const quoted = [...text.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code);
  const commands = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, code]) => code);
  return [...quoted, ...commands]
    .flatMap((code) => code.split(/[\s"'=,;()]+/))
    .map((word) => word.replace(/^\.\//, '').replace(/[:.]$/, ''))
    .filter((word) => TOP.test(word) && !/[<>*{}$…]/.test(word) && !WRITTEN_BY_A_BUILD.test(word));
}

interface Scripts {
  readonly scripts?: { readonly [name: string]: string };
}

/** The commands `npm run …` that no package.json has. */
function missingScripts(text: string): string[] {
  const runs = [...text.matchAll(/npm run (?:--silent )?([a-z][a-z0-9:-]*)((?: -w [\w./-]+)?)/g)];
  return runs.flatMap(([command, script, workspace]) => {
    const folder = workspace.replace(' -w ', '');
    const { scripts }: Scripts = folder
      ? JSON.parse(fs.readFileSync(path.join(root, folder, 'package.json'), 'utf8'))
      : manifest;
    return scripts?.[script] === undefined ? [command] : [];
  });
}

test('there are pages', () => {
  expect(pages.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['README.md', 'docs/azure.md', 'services/mcp-proxy/README.md', 'CONTRIBUTING.md']),
  );
});

describe.each(pages)('$name', ({ name, text }) => {
  test('every link leads to a file, and to a heading of it', () => {
    const targets = [...prose(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target);
    const own = targets.filter((target) => !/^[a-z]+:/.test(target));
    expect(own.filter((target) => brokenLink(name, target))).toEqual([]);
  });

  test('every file that it names exists', () => {
    const beside = path.join(root, path.dirname(name));
    const missing = pathsIn(text).filter(
      (file) => !fs.existsSync(path.join(root, file)) && !fs.existsSync(path.join(beside, file)),
    );
    expect(missing).toEqual([]);
  });

  test('every command of npm that it names exists', () => {
    expect(missingScripts(text)).toEqual([]);
  });

  test('every block of commands can be pasted: a shell understands it', () => {
    const blocks = [...text.matchAll(/^( *)```sh\n([\s\S]*?)^\1```$/gm)].map(([, , block]) => block);
    const complaints = blocks.map((block) => spawnSync('bash', ['-n'], { input: block, encoding: 'utf8' }).stderr);
    expect(complaints.filter((complaint) => complaint !== '')).toEqual([]);
  });
});

describe.each([
  ['mcp-proxy', GATEWAY_VARIABLES],
  ['claude-service', SETTINGS],
])('services/%s/README.md', (service, table) => {
  const known = new Set(Object.values(table).flatMap(({ name }) => [name, `${name}_FILE`]));

  test('every variable that it names is listed by --help', () => {
    const { text = '' } = pages.find(({ name }) => name === `services/${service}/README.md`) ?? {};
    const named = [...prose(text).matchAll(/`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?:=[^`]*)?`/g)].map(
      ([, variable]) => variable,
    );
    expect(named.length).toBeGreaterThan(2);
    expect(named.filter((variable) => !known.has(variable))).toEqual([]);
  });
});
