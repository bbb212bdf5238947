import type { Construct } from 'constructs';
import type { IModelProvider } from '../../constructs/platform/model-provider';
import { SecretForm } from '../../constructs/platform/secret-form';
import { type SecretKey, Secrets } from '../../constructs/platform/secrets';
import type { IToolServer } from '../../constructs/platform/tool-server';
import type { Workload } from '../../constructs/platform/workload';
import { Program } from '../platform/program';

/** A gateway of models, as small as the contract allows. */
export class Models extends Program implements IModelProvider {
  public readonly apiBaseUrl: string;
  public readonly apiKey: SecretKey;
  public readonly userHeader?: string;

  constructor(scope: Construct, id: string, userHeader?: string) {
    super(scope, id);
    this.apiBaseUrl = `${this.url()}/v1`;
    this.apiKey = Secrets.of(this).secret(`${id}-secrets`).key('MASTER_KEY', SecretForm.token(), 'a test');
    this.userHeader = userHeader;
  }

  public allowClient(client: Workload): void {
    client.connectTo(this, 'http', 'models');
  }
}

/** A gateway of tools, as small as the contract allows. */
export class Tools extends Program implements IToolServer {
  public readonly toolServerId: string;
  public readonly title: string;
  public readonly mcpUrl: string;
  public readonly apiKey: SecretKey;
  public readonly jwtSecret: SecretKey;
  public readonly groupsHeader = 'X-OpenWebUI-User-Groups';

  constructor(scope: Construct, id: string, jwtSecretName = 'tools-secrets') {
    super(scope, id);
    this.toolServerId = id;
    this.title = `Tools of ${id}`;
    this.mcpUrl = `${this.url()}/mcp`;
    const key = (secretName: string, name: string) =>
      Secrets.of(this).secret(secretName).key(name, SecretForm.token(), 'a test');
    this.apiKey = key(`${id}-secrets`, 'MCP_PROXY_API_KEY');
    this.jwtSecret = key(jwtSecretName, 'JWT_SECRET');
  }

  public allowClient(client: Workload): void {
    client.connectTo(this, 'http', 'tools');
  }
}
