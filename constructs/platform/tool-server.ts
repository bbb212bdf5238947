import type { SecretKey } from './secrets';
import type { Workload } from './workload';

/** An MCP server that Open WebUI offers to its users, over Streamable HTTP. */
export interface IToolServer {
  /** Id of the connection. The model sees each tool as `<id>_<tool>`, 64 characters in all: keep it short. */
  readonly toolServerId: string;
  /** Name of the connection, for people. */
  readonly title: string;
  /** URL of the MCP endpoint. */
  readonly mcpUrl: string;
  /** The bearer token that callers send. */
  readonly apiKey: SecretKey;
  /** Signs and verifies who a request is from (Open WebUI: FORWARD_USER_INFO_HEADER_JWT_SECRET). */
  readonly jwtSecret: SecretKey;
  /** Header in which callers send the user's groups: the signed token has none. */
  readonly groupsHeader: string;
  /** Declares that a program calls this server. */
  allowClient(client: Workload): void;
}
