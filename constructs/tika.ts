import { Size } from 'cdk8s';
import { Cpu, k8s } from 'cdk8s-plus-30';
import type { Construct } from 'constructs';
import { Component, type ComponentProps } from './platform/component';
import type { Workload } from './platform/workload';

/** Apache Tika, which reads text out of documents. */
export interface TikaProps extends ComponentProps {}

/** With Tesseract, so that scanned pages can be read. */
const IMAGE = 'docker.io/apache/tika:3.3.1.0-full';
const PORT = 9998;

/**
 * Apache Tika for Open WebUI's uploads. It parses what strangers wrote, so it may reach nothing: no network, no writable
 * root. Each document is handled by itself, so any number of replicas will do.
 */
export class Tika extends Component {
  /** Address for Open WebUI's TIKA_SERVER_URL. */
  public readonly serverUrl: string;

  constructor(scope: Construct, id: string, props: TikaProps = {}) {
    super(scope, id, props, {
      program: 'tika',
      propsStruct: 'TikaProps',
      image: IMAGE,
      resources: {
        cpu: { request: Cpu.millis(100), limit: Cpu.units(1) },
        memory: { request: Size.mebibytes(512), limit: Size.gibibytes(2) },
        ephemeralStorage: { request: Size.mebibytes(64), limit: Size.gibibytes(2) },
      },
      startupProbe: { ...probe('/version'), periodSeconds: 2, failureThreshold: 60 },
      readinessProbe: { ...probe('/version'), periodSeconds: 10, failureThreshold: 3 },
      livenessProbe: { ...probe('/version'), periodSeconds: 15, failureThreshold: 6 },
    });
    this.addPort('http', PORT);
    this.serverUrl = this.url();
    // Java takes no more memory than this share of the limit; Tesseract runs beside it.
    this._pod.env.setDefaults({ JAVA_TOOL_OPTIONS: '-XX:MaxRAMPercentage=60' });
    this._pod.addScratch('tmp', { path: '/tmp', sizeLimit: '1Gi' });
  }

  /** Declares that a program sends documents. */
  public allowClient(client: Workload): void {
    client.connectTo(this, 'http', 'documents');
  }
}

function probe(path: string): k8s.Probe {
  return { httpGet: { path, port: k8s.IntOrString.fromNumber(PORT) }, timeoutSeconds: 4 };
}
