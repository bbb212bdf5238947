// Reads the environment variables of Open WebUI out of its Python sources, one unpacked wheel for each release:
//
//   pip download --no-deps open-webui==0.12.4 && unzip open_webui-0.12.4-*.whl 'open_webui/*.py' -d wheels/0.12.4
//   node scripts/generate-environment-catalogue.mjs wheels
//
// The newest release says what there is, the older ones since when, and what is gone.
import fs from 'node:fs';
import path from 'node:path';

const TARGET = new URL('../constructs/open-webui/environment.generated.json', import.meta.url);
const READ =
  /(?:getenv|environ\.get|_int_env)\(\s*(['"])([A-Z][A-Z0-9_]+)\1|environ\[\s*(['"])([A-Z][A-Z0-9_]+)\3\s*\](?!\s*=[^=])/g;
const BEGINS_STATEMENT = /^[^\s)\]}#]/;
/** Names that the sources only read to learn about the machine or set for other libraries. */
const NOT_SETTINGS = new Set(['FROM_INIT_PY', 'LD_LIBRARY_PATH', 'PATH', 'HOME', 'PWD', 'USER']);

const [folder] = process.argv.slice(2);
if (!folder || folder.startsWith('-')) {
  console.error('Usage: node scripts/generate-environment-catalogue.mjs <folder with one folder for each release>');
  process.exit(folder === '--help' ? 0 : 64);
}
const releases = fs
  .readdirSync(folder)
  .filter((name) => /^\d+\.\d+\.\d+$/.test(name))
  .sort((a, b) => ordinal(a) - ordinal(b))
  .map((release) => ({ release, variables: read(path.join(folder, release)) }));
const newest = releases.at(-1);
const databaseKeys = databaseKeysOf(path.join(folder, newest.release));

const variables = {};
for (const name of [...newest.variables.keys()].sort()) {
  const since = releases.find(({ variables }) => variables.has(name)).release;
  const entry = { type: typeOf(newest.variables.get(name)), since };
  const databaseKey = databaseKeys.get(name);
  variables[name] = databaseKey === undefined ? entry : { ...entry, databaseKey };
}
const gone = {};
for (const { release, variables: old } of releases) {
  for (const name of old.keys()) {
    if (!newest.variables.has(name)) gone[name] = release;
  }
}
const sortedGone = Object.fromEntries(Object.entries(gone).sort(([a], [b]) => (a < b ? -1 : 1)));
const catalogue = { release: newest.release, oldest: releases[0].release, variables, gone: sortedGone };
fs.writeFileSync(TARGET, `${rows(catalogue)}\n`);
console.log(
  `${newest.release}: ${Object.keys(variables).length} variables, ${databaseKeys.size} kept in the database, ${Object.keys(gone).length} gone since ${releases[0].release}`,
);

function ordinal(release) {
  return release.split('.').reduce((sum, part) => sum * 1000 + Number(part), 0);
}

/** Every variable that is read, with the statements that read it. */
function read(release) {
  const found = new Map();
  for (const file of pythonFiles(path.join(release, 'open_webui'))) {
    const text = fs.readFileSync(file, 'utf8');
    for (const match of text.matchAll(READ)) {
      const name = match[2] ?? match[4];
      if (NOT_SETTINGS.has(name)) continue;
      found.set(name, [...(found.get(name) ?? []), ...readings(text, match.index)]);
    }
  }
  return found;
}

function pythonFiles(directory) {
  return fs.readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(directory, entry.name);
    if (entry.isDirectory()) return entry.name === 'test' ? [] : pythonFiles(file);
    return entry.name.endsWith('.py') ? [file] : [];
  });
}

/** What tells the type: the statement that reads the variable, and what becomes of the Python variable afterwards. */
function readings(text, index) {
  const statement = statementAround(text, index);
  const [variable] = /^[A-Z_a-z][A-Z0-9_a-z]*(?=(?:: [^=\n]+)? = )/.exec(statement) ?? [];
  if (variable === undefined) return [text.slice(text.lastIndexOf('\n', index) + 1, text.indexOf('\n', index))];
  const later = new RegExp(
    `^.*(?:[(.]|\\b)(?:int|float|loads|parse_json)\\(\\s*${variable}\\b.*$|^.*\\b${variable}\\.(?:split|lower)\\(.*$`,
    'gm',
  );
  return [statement, ...(text.match(later) ?? [])];
}

/** The whole statement at the outermost level: from the unindented line at or before `index` to the next one that begins another. */
function statementAround(text, index) {
  const lines = text.split('\n');
  let line = text.slice(0, index).split('\n').length - 1;
  while (line > 0 && !BEGINS_STATEMENT.test(lines[line])) line -= 1;
  let end = line + 1;
  while (end < lines.length && !BEGINS_STATEMENT.test(lines[end])) end += 1;
  return lines.slice(line, end).join('\n');
}

function typeOf(statements) {
  const text = statements.join('\n');
  if (/lower\(\)\s*(?:==|!=|in)\s*[(['"]+\s*['"]?(?:true|false)/i.test(text)) return 'boolean';
  if (/\bloads\(|_json\(/.test(text)) return 'json';
  if (/(?:\bint|_int_env|\bfloat|_int|_float)\(/.test(text)) return 'number';
  if (/\.split\(\s*['"][;,|]['"]/.test(text)) return 'list';
  return 'text';
}

/** Python variables that `config.py` lists under a key of the table `config`, by the variable of the environment. */
function databaseKeysOf(release) {
  const text = fs.readFileSync(path.join(release, 'open_webui', 'config.py'), 'utf8');
  const keys = new Map();
  for (const [, key, variable] of text.matchAll(/^ {4}'([a-z0-9_.-]+)': ([A-Z][A-Z0-9_]+),$/gm)) {
    const assignment = new RegExp(`^${variable}(?:: [^=\\n]+)? = `, 'm').exec(text);
    if (!assignment) continue;
    const statement = statementAround(text, assignment.index);
    const names = [...statement.matchAll(READ)].map((match) => match[2] ?? match[4]);
    for (const name of names.length > 0 ? names : [variable]) keys.set(name, key);
  }
  return keys;
}

/** One variable a line, so that a change of release can be read as a difference. */
function rows(value) {
  const { variables, gone, ...rest } = value;
  const lines = (entries) =>
    Object.entries(entries)
      .map(([name, entry]) => `    ${JSON.stringify(name)}: ${JSON.stringify(entry)}`)
      .join(',\n');
  const head = JSON.stringify(rest).slice(1, -1);
  return `{${head},\n  "variables": {\n${lines(variables)}\n  },\n  "gone": {\n${lines(gone)}\n  }\n}`;
}
