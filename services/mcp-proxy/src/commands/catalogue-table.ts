import type { ProbeResult } from './integration-probe';

const HEADINGS = ['Name', 'Protocol', 'Version', 'Server', 'Tools', 'ms', 'Problem'];
const LONGEST_CELL = 120;

/** A Markdown table of the results in the order of their names, and a line that counts them by protocol. */
export function catalogueTable(results: readonly ProbeResult[]): string {
  const sorted = [...results].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const rows = sorted.map(({ name, protocol, version, server, tools, milliseconds, problem }) => [
    name,
    protocol,
    version ?? '',
    server ?? '',
    tools === undefined ? '' : String(tools),
    String(Math.round(milliseconds)),
    problem ?? '',
  ]);
  const lines = [HEADINGS, HEADINGS.map(() => '---'), ...rows.map((row) => row.map(cell))];
  return `${lines.map((row) => `| ${row.join(' | ')} |`).join('\n')}\n\n${summary(sorted)}\n`;
}

function summary(results: readonly ProbeResult[]): string {
  const counts = new Map<string, number>();
  for (const { tools, protocol } of results) {
    const answer = tools === undefined ? 'without an answer' : protocol;
    counts.set(answer, (counts.get(answer) ?? 0) + 1);
  }
  const parts = [...counts].sort().map(([answer, number]) => `${number} ${answer}`);
  return `${results.length} integrations: ${parts.join(', ')}.`;
}

/** A server's own words must not add cells, lines or markup. */
function cell(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  const short = line.length > LONGEST_CELL ? `${line.slice(0, LONGEST_CELL - 1)}…` : line;
  return short.replace(/[\\`*_[\]<>|&]/g, (character) => `\\${character}`);
}
