import type { SecretKey } from './secrets';
import type { Workload } from './workload';

/** Something that answers in the form of OpenAI's API and that Open WebUI can offer models of. */
export interface IModelProvider {
  /** Base URL of the API as Open WebUI writes it, without a trailing slash. */
  readonly apiBaseUrl: string;
  /** The bearer key of callers. */
  readonly apiKey: SecretKey;
  /** Header in which the provider expects the id of the person who asks. @default - it asks for none */
  readonly userHeader?: string;
  /** Whether some of its models are sessions, which have to know the place of a question in its chat. @default false */
  readonly servesSessions?: boolean;
  /** Declares that a program calls this provider. */
  allowClient(client: Workload): void;
}
