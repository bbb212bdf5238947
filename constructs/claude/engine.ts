/** What runs the agent's turns. */
export enum ClaudeEngine {
  /** Anthropic's SDK under the Apache licence, with its own tools for files and commands. */
  SDK = 'sdk',
  /** The Claude Agent SDK. Its licence is proprietary, so that the usual image does not hold it. */
  AGENT_SDK = 'agent-sdk',
}
