import fs from 'node:fs';
import { App, Chart, Size } from 'cdk8s';
import { loadAll } from 'js-yaml';
import type { OllamaProps } from '../ollama';
import { OpenWebUiRelease, type OpenWebUiReleaseProps } from '../open-webui-release';
import type { PipelinesProps } from '../pipelines';
import type { EdgeProps } from '../platform/edge';
import { Platform } from '../platform/platform';
import { nearestName } from '../platform/schema/nearest-name';
import type { ExternalRedisProps, RedisProps } from '../redis';
import type { TikaProps } from '../tika';
import { CHART_KEYS, chartReads } from './chart-keys';
import { CONVERSIONS, type Conversion } from './conversions';
import { Draft } from './draft';
import { settleEnvironment } from './environment-entries';
import { type HelmFinding, HelmFindingKind } from './finding';

/** A range for documentation: nobody comes from there. */
export const CLIENTS = '203.0.113.0/24';
/** Namespace of an Ingress controller that the file does not tell. */
export const INGRESS_NAMESPACE = 'ingress-controller';
/** Class of volumes that several nodes mount, where the file names none. */
const SHARED_CLASS = 'shared-files';
/** Of the chart's volume, where the file tells none. */
const CHART_SIZE = Size.gibibytes(2);

/** The parts of a workspace that a values file describes: spread it into `WorkspaceProps`. */
export interface HelmWorkspaceProps {
  readonly openWebUi: OpenWebUiReleaseProps;
  /** @default - none */
  readonly redis?: RedisProps;
  /** @default - none */
  readonly externalRedis?: ExternalRedisProps;
  /** @default - none */
  readonly pipelines?: PipelinesProps;
  /** @default - none */
  readonly ollama?: OllamaProps;
  /** @default - none */
  readonly tika?: TikaProps;
}

/** A values file of the official chart, read as typed props. */
export class HelmValues {
  /**
   * Reads a file written for the chart `open-webui`, version 12 to 16.
   * Error: it is not YAML, or not a mapping.
   */
  public static fromFile(file: string): HelmValues {
    return new HelmValues(fs.readFileSync(file, 'utf8'), file);
  }

  /** Reads the text of such a file. Error: it is not YAML, or not a mapping. */
  public static fromText(text: string): HelmValues {
    return new HelmValues(text, 'the values');
  }

  /** What became of each key, in the order of the file. */
  public readonly findings: HelmFinding[];
  /**
   * Props that synthesize as they are; `placeholders` in them wait for values. With `serviceType` the release needs
   * `allowFrom` too.
   */
  public readonly workspace: HelmWorkspaceProps;
  /** What each placeholder in the props stands for. */
  public readonly placeholders: { [placeholder: string]: string };

  private constructor(text: string, name: string) {
    const draft = new Draft();
    convertBelow([], readMapping(text, name), draft);
    settle(draft);
    this.findings = draft.findings;
    this.placeholders = Object.fromEntries(draft.placeholders);
    const { redis, externalRedis, pipelines, ollama, tika } = draft;
    this.workspace = given({ openWebUi: given(draft.openWebUi), redis, externalRedis, pipelines, ollama, tika });
  }
}

/** Reads a values file of the official chart. Error: it is not YAML, or not a mapping. */
export function fromHelmValues(file: string): HelmValues {
  return HelmValues.fromFile(file);
}

function readMapping(text: string, name: string): object {
  let values: unknown;
  try {
    values = loadAll(text)[0] ?? {};
  } catch (error) {
    throw new Error(`${name} is not YAML: ${error instanceof Error ? error.message.split('\n')[0] : error}`);
  }
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw new Error(`${name} is not a values file: it must be a mapping of keys, as "helm show values" prints`);
  }
  return values;
}

/** Converts each key below a path: by the first line of the table that fits, else key by key. */
function convertBelow(path: readonly string[], mapping: object, draft: Draft): void {
  for (const [key, value] of Object.entries(mapping)) {
    const at = [...path, key];
    const conversion = conversionOf(at);
    if (conversion) {
      conversion.convert(value, draft, at.join('.'));
    } else if (isMapping(value)) {
      convertBelow(at, value, draft);
    } else {
      noteUnknown(at, draft);
    }
  }
}

function conversionOf(path: readonly string[]): Conversion | undefined {
  const text = path.join('.');
  return CONVERSIONS.find((row) => row.path === text || row.path === `${text}.**`) ?? belowAnyOf(text);
}

/** A line like `startupProbe.**` also covers single keys of a mapping in which another key has a line of its own. */
function belowAnyOf(text: string): Conversion | undefined {
  return CONVERSIONS.find((row) => row.path.endsWith('.**') && text.startsWith(row.path.slice(0, -'**'.length)));
}

function isMapping(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0;
}

function noteUnknown(path: readonly string[], draft: Draft): void {
  if (chartReads(path)) {
    draft.note(path.join('.'), HelmFindingKind.TO_FILL_IN, 'the chart reads it, and no prop stands for it');
    return;
  }
  const meant = nearestName(
    path.join('.'),
    CHART_KEYS.map((key) => key.replace('.**', '')),
  );
  draft.note(
    path.join('.'),
    HelmFindingKind.DEAD,
    `the chart has no such key${meant ? ` (did you mean ${meant}?)` : ''}`,
  );
}

/** Puts the parts together. */
function settle(draft: Draft): void {
  const { openWebUi } = draft;
  if (draft.edge.host && draft.edge.kind) {
    openWebUi.edge = { ...draft.edge, host: draft.edge.host };
  } else if (draft.edge.kind) {
    openWebUi.edge = { ...draft.edge, host: 'chat.example.com' };
    draft.placeholders.set('chat.example.com', 'the host that people type');
    draft.note(
      'ingress.host',
      HelmFindingKind.TO_FILL_IN,
      'chat.example.com, as in the chart, stands for the host that people type',
    );
  }
  if (isStrange(openWebUi.edge)) {
    const whose = `the pods of the Ingress class ${openWebUi.edge?.ingressClassName}`;
    draft.placeholders.set(INGRESS_NAMESPACE, `the namespace of ${whose}: the NetworkPolicies let in no others`);
    draft.note(
      'ingress.class',
      HelmFindingKind.TO_FILL_IN,
      `edgePeer of the platform: ${INGRESS_NAMESPACE} stands for the namespace of ${whose}`,
    );
  }
  if (Object.keys(draft.signIn).length > 0) {
    openWebUi.signIn = draft.signIn;
  }
  if (openWebUi.serviceType) {
    draft.placeholders.set(
      CLIENTS,
      'the addresses of the clients of the Service: its NetworkPolicy lets in nobody else',
    );
    draft.note(
      'service.type',
      HelmFindingKind.TO_FILL_IN,
      `allowFrom of the release: ${CLIENTS} stands for the addresses of the clients`,
    );
  }
  openWebUi.database = draft.database;
  if (draft.storageProvider !== 'local') {
    const used = Object.entries(draft.stores).filter(([name]) => name === draft.storageProvider);
    openWebUi.objectStorage = Object.fromEntries(used);
  }
  if (openWebUi.storage?.existingClaim) {
    const { existingClaim, subPath, shared } = openWebUi.storage;
    openWebUi.storage = given({ existingClaim, subPath, shared });
  }
  shareStorage(draft);
  settleEnvironment(draft, namesSetByTheConstruct({ ...openWebUi, extraEnv: draft.extraEnv }));
  if (Object.keys(draft.extraEnv).length > 0) {
    openWebUi.extraEnv = draft.extraEnv;
  }
}

/** Several replicas mount one folder: the chart asks for a volume of one node unless the file says otherwise. */
function shareStorage(draft: Draft): void {
  const { replicas, autoscaling, storage = {} } = draft.openWebUi;
  const several = Number(autoscaling?.maxReplicas ?? replicas ?? 1) > 1;
  if (!several || storage.shared !== undefined) {
    return;
  }
  draft.note(
    'persistence.accessModes',
    HelmFindingKind.TO_FILL_IN,
    'storage.shared: several replicas mount one folder; an existing claim of one node cannot become a shared one, and its files move into a new claim (docs/scaling-out.md, "From one replica to several")',
  );
  if (storage.existingClaim) {
    draft.openWebUi.storage = { ...storage, shared: true };
    return;
  }
  const { size = CHART_SIZE, storageClass = SHARED_CLASS } = storage;
  draft.openWebUi.storage = { ...storage, size, storageClass, shared: true };
  if (storage.storageClass === undefined) {
    const meaning = 'a storage class whose volumes several nodes can mount';
    draft.placeholders.set(SHARED_CLASS, meaning);
    draft.note(
      'persistence.storageClass',
      HelmFindingKind.TO_FILL_IN,
      `storage.storageClass: ${SHARED_CLASS} stands for ${meaning}`,
    );
  }
}

/** Whether nobody can know where the pods of the edge stand. @internal */
export function isStrange(edge?: EdgeProps): boolean {
  return edge?.ingressClassName !== undefined && edge.ingressClassName !== 'nginx';
}

function namesSetByTheConstruct(props: OpenWebUiReleaseProps): string[] {
  const chart = new Chart(new App(), 'probe');
  Platform.kubernetes().attach(chart);
  return new OpenWebUiRelease(chart, 'open-webui', props)._pod.env.clashes;
}

/** Without the fields that nobody gave. */
function given<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
