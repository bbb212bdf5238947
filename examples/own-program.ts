// A program of your own beside Open WebUI: a server that sorts what a search in documents found.
import { App, Chart, Size } from 'cdk8s';
import {
  Component,
  type ComponentProps,
  OpenWebUiRelease,
  Platform,
  SecretForm,
  type SecretKey,
  Secrets,
} from 'cdk8s-open-webui';
import { Cpu, k8s } from 'cdk8s-plus-30';
import type { Construct } from 'constructs';

class Reranker extends Component {
  public readonly apiKey: SecretKey;

  constructor(scope: Construct, id: string, props: ComponentProps = {}) {
    const secret = Secrets.of(scope).secret('reranker-secrets');
    const apiKey = secret.key('API_KEY', SecretForm.token(), 'callers of the reranker send it');
    super(
      scope,
      id,
      { ...props, extraSecretEnv: { API_KEY: apiKey, ...props.extraSecretEnv } },
      {
        program: 'reranker',
        propsStruct: 'ComponentProps',
        image: 'registry.company.com/reranker:1.2.0',
        resources: {
          cpu: { request: Cpu.millis(500), limit: Cpu.units(2) },
          memory: { request: Size.gibibytes(1), limit: Size.gibibytes(2) },
          ephemeralStorage: { request: Size.mebibytes(16), limit: Size.mebibytes(256) },
        },
        readinessProbe: { httpGet: { path: '/ready', port: k8s.IntOrString.fromNumber(8080) } },
      },
    );
    this.apiKey = apiKey;
    this.addPort('http', 8080);
    this.addPodPort('metrics', 9090);
    this.allowFrom(this.platform.monitoringPeer, 'Monitoring', 'metrics', 'metrics');
    this.addScratch('tmp', { path: '/tmp', sizeLimit: '128Mi' });
  }
}

const app = new App();
Platform.kubernetes().attach(app);
const chart = new Chart(app, 'team', { namespace: 'team-chat', disableResourceNameHashes: true });

const reranker = new Reranker(chart, 'reranker', { replicas: 2 });
const webui = new OpenWebUiRelease(chart, 'open-webui', {
  extraEnv: {
    ENABLE_RAG_HYBRID_SEARCH: 'true',
    RAG_RERANKING_ENGINE: 'external',
    RAG_EXTERNAL_RERANKER_URL: `${reranker.url()}/v1/rerank`,
  },
  extraSecretEnv: { RAG_EXTERNAL_RERANKER_API_KEY: reranker.apiKey },
});
webui.connectTo(reranker, 'http', 'reranking');

app.synth();
