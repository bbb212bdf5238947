// What takes the place of what in a run, by name: a run says so in its closing lines.
import { installed } from './images.mjs';

/** What stands in for what, and why. */
export function substitutesOf({ objects }) {
  const images = objects.flatMap(({ spec }) => imagesOf(spec));
  const has = (part) => images.some((image) => image.includes(part));
  return Object.fromEntries(
    [
      [
        true,
        'the edge',
        "a reverse proxy of this run follows the rendered Ingress or HTTPRoute, in the cluster's place",
      ],
      [true, 'Anthropic', 'a Messages API without a model (services/claude-service/fake-anthropic)'],
      [true, 'embeddings', 'an OpenAI-compatible server in the place of the model inside the image, which needs torch'],
      [has('valkey'), 'Valkey', "Debian's Redis where Valkey is not installed: it reads the same configuration"],
      [has('oauth2-proxy'), 'the identity provider', 'oidc-provider with made-up people, without TLS'],
      [has('pipelines'), 'Pipelines', 'no registry has it: a server with its probe, its key and no pipeline'],
      [has('opentelemetry'), 'the OpenTelemetry collector', 'takes OTLP and keeps the bytes'],
      [has('github-mcp-server'), "GitHub's MCP server", 'server-everything of the MCP project'],
      [
        has('/mcp-proxy:'),
        'the server of tenant google',
        'server-everything, where the manifest shares one with microsoft',
      ],
      ...liteLlm(images),
    ].flatMap(([isHere, what, why]) => (isHere ? [[what, why]] : [])),
  );
}

/** PyPI lacks some versions that exist as images. */
function liteLlm(images) {
  const pinned = images
    .find((image) => image.includes('litellm'))
    ?.split(':')
    .at(-1);
  if (!pinned) return [];
  const [, here] = /litellm-([^/]+)$/.exec(installed('install-litellm.sh'));
  return [[pinned !== `v${here}`, 'LiteLLM', `${here} of PyPI, which does not have the ${pinned} of the manifests`]];
}

function imagesOf(spec) {
  const { containers = [], initContainers = [] } = spec?.template?.spec ?? {};
  return [...containers, ...initContainers].map(({ image }) => image);
}
