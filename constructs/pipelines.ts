import { Size } from 'cdk8s';
import { Cpu } from 'cdk8s-plus-30';
import type { Construct } from 'constructs';
import type { ClaimProps } from './platform/claim';
import { Component, type ComponentProps } from './platform/component';
import type { IModelProvider } from './platform/model-provider';
import { SecretForm } from './platform/secret-form';
import type { SecretKey } from './platform/secrets';
import type { Workload } from './platform/workload';

export interface PipelinesProps extends ComponentProps {
  readonly storage?: ClaimProps;
  readonly secretName?: string;
}

export class Pipelines extends Component implements IModelProvider {
  public readonly apiBaseUrl: string;
  public readonly apiKey: SecretKey;
  constructor(scope: Construct, id: string, props: PipelinesProps = {}) {
    super(scope, id, props, {
      program: 'pipelines',
      propsStruct: 'PipelinesProps',
      image: 'ghcr.io/open-webui/pipelines:git-039f9c5',
      resources: {
        cpu: { request: Cpu.millis(100), limit: Cpu.millis(500) },
        memory: { request: Size.mebibytes(256), limit: Size.mebibytes(512) },
      },
    });
    this._addPort('http', 9099);
    this.apiBaseUrl = this.url();
    this.apiKey = this._secretKey(`${this.name}-secrets`, 'PIPELINES_API_KEY', SecretForm.token(), 'x');
  }
  public allowClient(client: Workload): void {
    client.connectTo(this, 'http', 'models');
  }
}
