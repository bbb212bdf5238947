import { ApiObject, Chart } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { dump } from 'js-yaml';
import { renderedManifest } from '../constructs/platform/manifest-check';
import { noteOf } from '../constructs/platform/notes';

/** A file of an environment's folder. */
export interface RenderedFile {
  readonly name: string;
  readonly text: string;
}

/** All that is wrong below a construct, each sentence with the path of the construct it is about. */
export function problemsOf(root: IConstruct): string[] {
  return root.node
    .findAll()
    .flatMap((construct) => construct.node.validate().map((problem) => `[${construct.node.path}] ${problem}`));
}

/**
 * One YAML file per chart that has objects, named after the chart. What belongs into another namespace than the
 * environment's own stands in a folder of that name: `kubectl apply -f` does not look there, a person does.
 */
export function renderCharts(root: IConstruct, source: string, namespace?: string): RenderedFile[] {
  return root.node
    .findAll()
    .filter((construct): construct is Chart => construct instanceof Chart)
    .map((chart) => ({ chart, objects: objectsOf(chart) }))
    .filter(({ objects }) => objects.length > 0)
    .map(({ chart, objects }) => ({
      name: `${folderOf(chart, namespace)}${chart.node.id}.k8s.yaml`,
      text: [header(source), ...objects.map(document)].join('---\n'),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function folderOf(chart: Chart, namespace?: string): string {
  return namespace === undefined || chart.namespace === namespace ? '' : `${chart.namespace}/`;
}

function objectsOf(chart: Chart): ApiObject[] {
  return chart.node.findAll().filter((construct): construct is ApiObject => construct instanceof ApiObject);
}

function header(source: string): string {
  return `# Rendered from ${source} by \`npm run synth\`: change it there, not here.\n`;
}

function document(object: ApiObject): string {
  const note = noteOf(object);
  const comment = note ? `${note.replaceAll(/^/gm, '# ')}\n` : '';
  return comment + dump(renderedManifest(object), { lineWidth: -1, noRefs: true });
}
