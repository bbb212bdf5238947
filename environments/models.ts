import type { LiteLlmModel } from '../constructs';

/** The models that LiteLLM asks Anthropic for. */
export const directModels: LiteLlmModel[] = ['claude-sonnet-5-5', 'claude-opus-5-5', 'claude-haiku-5-5'].map(
  (name) => ({
    name,
    model: `anthropic/${name}`,
    apiKey: 'ANTHROPIC_API_KEY',
  }),
);
