import { ClaudeEngine } from '../../../../constructs/claude/engine';
import { AgentSdkEngine } from './agent-sdk-engine';
import { loadAgentSdk } from './agent-sdk-package';
import type { Engine } from './engine';
import { SdkEngine, type SdkEngineOptions } from './sdk-engine';

export interface EngineOptions extends SdkEngineOptions {
  readonly engine: ClaudeEngine;
}

/** The engine of the settings. Error: `ConfigurationError` where its package is not installed. */
export async function createEngine({ engine, ...options }: EngineOptions): Promise<Engine> {
  return engine === ClaudeEngine.AGENT_SDK ? new AgentSdkEngine(await loadAgentSdk(), options) : new SdkEngine(options);
}
