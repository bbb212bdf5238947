import { Chart } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { hostPort } from '../constructs/platform/links';
import { Secrets } from '../constructs/platform/secrets';
import { type Workload, workloadsOf } from '../constructs/platform/workload';

interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly label: string;
}

/** The environment as a picture and tables, drawn from the declared links: what is not here is not allowed. */
export function renderTopology(
  name: string,
  description: string,
  root: IConstruct,
  placeholders: { readonly [value: string]: string } = {},
): string {
  const workloads = workloadsOf(root).sort((a, b) => (a.name < b.name ? -1 : 1));
  return [
    `# ${name}`,
    '',
    description,
    '',
    '## Who talks to whom',
    '',
    'Every arrow is a declared link and a rule in two NetworkPolicies; everything else is closed.',
    '',
    '```mermaid',
    ...flowchart(workloads),
    '```',
    '',
    ...outsideTable(workloads),
    ...secretsTable(root),
    ...placeholderTable(placeholders),
  ].join('\n');
}

function flowchart(workloads: readonly Workload[]): string[] {
  const nodes = new Map<string, string>();
  const node = (kind: string, title: string, open: string, close: string): string => {
    const id = `${kind}_${title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_')}`;
    nodes.set(id, `  ${id}${open}"${title}"${close}`);
    return id;
  };
  const pods = (workload: Workload) =>
    node('pods', workload.name, workload.batch ? '[[' : '[', workload.batch ? ']]' : ']');
  const arrows: Arrow[] = workloads.flatMap((workload) => [
    ...workload._inbound.map(({ from: _, title, portName, purpose }) => ({
      from: node('outside', title, '([', '])'),
      to: pods(workload),
      label: `${purpose} :${workload.podPort(portName)}`,
    })),
    ...workload._links.map(({ to, portName, purpose }) => ({
      from: pods(workload),
      to: pods(to),
      label: `${purpose} :${to.podPort(portName)}`,
    })),
    ...workload._peers.map(({ title, port, purpose }) => ({
      from: pods(workload),
      to: node('outside', title, '([', '])'),
      label: `${purpose} :${port}`,
    })),
    ...workload._outbound.map(({ to, purpose }) => ({
      from: pods(workload),
      to: node('host', to.host, '{{', '}}'),
      label: `${purpose} :${hostPort(to)}`,
    })),
  ]);
  for (const workload of workloads) {
    pods(workload);
  }
  return [
    'flowchart LR',
    ...[...nodes.values()].sort(),
    ...arrows.map(({ from, to, label }) => `  ${from} -->|"${label}"| ${to}`).sort(),
  ];
}

function outsideTable(workloads: readonly Workload[]): string[] {
  const rows = workloads.flatMap((workload) =>
    workload._outbound.map(
      ({ to, purpose }) =>
        `| ${workload.name} | ${to.host}:${hostPort(to)} | ${to.cidrs?.join(', ') ?? 'by name, or any public address'} | ${purpose} |`,
    ),
  );
  return rows.length === 0
    ? []
    : ['## Out of the cluster', '', '| pods | host | addresses | for |', '|---|---|---|---|', ...rows.sort(), ''];
}

function secretsTable(root: IConstruct): string[] {
  const secrets = root.node.findAll().filter((construct): construct is Secrets => construct instanceof Secrets);
  const namespaces = new Set(secrets.map((each) => Chart.of(each).namespace));
  const rows = secrets.flatMap((each) => {
    const place = namespaces.size > 1 ? `${Chart.of(each).namespace}/` : '';
    return each.all.flatMap(({ secretName, keys }) =>
      keys.map(({ key, form, purpose }) => `| ${place}${secretName} | ${key} | ${form.describe()} | ${purpose} |`),
    );
  });
  return rows.length === 0
    ? []
    : [
        '## Secrets',
        '',
        'The manifests hold none of these values, they refer to them.',
        '',
        '| Secret | key | form | for |',
        '|---|---|---|---|',
        ...rows.sort(),
        '',
      ];
}

function placeholderTable(placeholders: { readonly [value: string]: string }): string[] {
  const rows = Object.entries(placeholders).map(([value, meaning]) => `| ${value} | ${meaning} |`);
  return rows.length === 0
    ? []
    : [
        '## To replace',
        '',
        'These values stand for yours, in the environment:',
        '',
        '| value | what it is |',
        '|---|---|',
        ...rows,
        '',
      ];
}
