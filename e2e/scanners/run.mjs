// Lets the scanners look at every environment. A finding needs a waiver with a reason, a waiver needs a finding.
//   node e2e/scanners/run.mjs            compares docs/scanners.md with what was found
//   node e2e/scanners/run.mjs --write    writes it
import fs from 'node:fs';
import path from 'node:path';
import { load } from 'js-yaml';
import { scanners } from './tools.mjs';

const root = path.resolve(import.meta.dirname, '../..');
const table = path.join(root, 'docs', 'scanners.md');
const waivers = load(fs.readFileSync(path.join(import.meta.dirname, 'waivers.yaml'), 'utf8')).map((waiver) => ({
  ...waiver,
  used: 0,
}));
const environments = fs
  .readdirSync(path.join(root, 'dist'))
  .filter((name) => !name.includes('.') && !name.startsWith('gitops-'))
  .sort();
let passed = 0;
let failed = 0;

const tools = scanners(root);
const rows = [];
for (const tool of tools) {
  if (tool.missing) {
    console.log(`LEFT OUT ${tool.name}: ${tool.missing}`);
    rows.push([tool.name, ...environments.map(() => 'not run')]);
    continue;
  }
  const found = tool.scan(path.join(import.meta.dirname, 'broken'));
  report(found.length > 0, `${tool.name} finds something in a set that is broken on purpose`);
  const cells = environments.map((environment) => scanOne(tool, environment));
  rows.push([`${tool.name} ${tool.version}`, ...cells]);
}
for (const { tool, check, objects, used } of waivers) {
  const ran = tools.some(({ name, missing }) => name === tool && !missing);
  if (ran) report(used > 0, `the waiver of ${tool} ${check} for ${objects.join(', ')} has a finding`);
}
compareTable();
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

/** The cell of the table: findings, and how many of them are waived. */
function scanOne(tool, environment) {
  const findings = tool.scan(path.join(root, 'dist', environment));
  const open = findings.filter((finding) => !waiverOf(tool, finding));
  for (const { check, object, text } of open) console.log(`  ${tool.name} ${check} ${object}: ${text}`);
  report(
    open.length === 0,
    `[${environment}] ${tool.name}: ${findings.length} findings, ${findings.length - open.length} waived`,
  );
  return `${findings.length} found, ${findings.length - open.length} waived`;
}

function waiverOf(tool, { check, object }) {
  const waiver = waivers.find(
    (candidate) =>
      candidate.tool === tool.name &&
      candidate.check === check &&
      candidate.objects.some((glob) => matches(glob, object)),
  );
  if (waiver) waiver.used += 1;
  return waiver;
}

function matches(glob, text) {
  return new RegExp(
    `^${glob
      .split('*')
      .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
  ).test(text);
}

function compareTable() {
  const text = tableText();
  if (process.argv.includes('--write')) {
    fs.writeFileSync(table, text);
    console.log('wrote docs/scanners.md');
  } else {
    report(fs.existsSync(table) && fs.readFileSync(table, 'utf8') === text, 'docs/scanners.md is what this run found');
  }
}

function tableText() {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [
    '# What the scanners find',
    '',
    'Made by `node e2e/scanners/run.mjs --write`; `.ci/run` compares it with what it finds.',
    '',
    line(['tool', ...environments]),
    line(['---', ...environments.map(() => '---')]),
    ...rows.map(line),
    '',
    ...tools.filter(({ missing }) => missing).map(({ name, missing }) => `${name} was not run: ${missing}.`),
    '',
    '## Waivers',
    '',
    line(['tool', 'check', 'objects', 'reason']),
    line(['---', '---', '---', '---']),
    ...waivers.map(({ tool, check, objects, reason }) =>
      line([tool, check, objects.map((glob) => `\`${glob}\``).join(', '), reason.trim()]),
    ),
    '',
  ].join('\n');
}

function report(holds, what) {
  if (holds) passed += 1;
  else failed += 1;
  console.log(`${holds ? 'ok  ' : 'FAIL'} ${what}`);
}
