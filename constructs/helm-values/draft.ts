import type { OllamaProps } from '../ollama';
import type { ObjectStorage } from '../open-webui/object-storage';
import type { SignIn } from '../open-webui/sign-in';
import type { OpenWebUiReleaseProps } from '../open-webui-release';
import type { PipelinesProps } from '../pipelines';
import type { EdgeProps } from '../platform/edge';
import type { PostgresDatabase } from '../platform/postgres';
import type { ExternalRedisProps, RedisProps } from '../redis';
import type { TikaProps } from '../tika';
import type { HelmFinding, HelmFindingKind } from './finding';

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** The props as they grow while the file is read. */
export class Draft {
  public readonly findings: HelmFinding[] = [];
  public readonly openWebUi: Writable<OpenWebUiReleaseProps> = {};
  public readonly edge: Writable<Partial<EdgeProps>> = {};
  public readonly signIn: Writable<SignIn> = {};
  public readonly extraEnv: { [name: string]: string } = {};
  public database?: PostgresDatabase;
  /** On in the chart, unless the file says otherwise. */
  public redis?: RedisProps = {};
  public externalRedis?: ExternalRedisProps;
  /** On in the chart, unless the file says otherwise. */
  public pipelines?: PipelinesProps = {};
  /** On in the chart, unless the file says otherwise. */
  public ollama?: OllamaProps = {};
  public tika?: TikaProps;
  /** `local`, `s3`, `gcs` or `azure`. */
  public storageProvider = 'local';
  /** The stores that the file describes, used or not. */
  public readonly stores: Writable<ObjectStorage> = {};
  /** Hosts and other values that the file does not tell. */
  public readonly placeholders = new Map<string, string>();

  public note(path: string, kind: HelmFindingKind, text: string): void {
    this.findings.push({ path, kind, text });
  }
}
