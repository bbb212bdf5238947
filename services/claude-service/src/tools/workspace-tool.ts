import type { BetaTool } from '@anthropic-ai/sdk/resources/beta/messages';
import { type Workspace, WorkspaceError } from '../workspace/workspace';
import type { AgentTool, ToolOutcome } from './tool';
import { InputError, ToolInput } from './tool-input';

/** A tool of the workspace, as it is written down. */
export interface WorkspaceToolDescription {
  readonly name: string;
  readonly description: string;
  readonly properties: { readonly [name: string]: unknown };
  readonly required: readonly string[];
  readonly independent: boolean;
  /** Answers the text for the model. Error: `WorkspaceError` or `InputError`. */
  readonly run: (input: ToolInput, workspace: Workspace, signal: AbortSignal) => Promise<string | ToolOutcome>;
}

/** Binds a description to the workspace of a session. */
export function workspaceTool(description: WorkspaceToolDescription, workspace: Workspace): AgentTool {
  const { name, properties, required } = description;
  const definition: BetaTool = {
    name,
    description: description.description,
    input_schema: { type: 'object', properties, required: [...required], additionalProperties: false },
  };
  return {
    definition,
    independent: description.independent,
    async run(input, signal) {
      try {
        const outcome = await description.run(new ToolInput(input), workspace, signal);
        return typeof outcome === 'string' ? { output: outcome, failed: false } : outcome;
      } catch (error) {
        if (error instanceof WorkspaceError || error instanceof InputError) {
          return { output: `${name}: ${error.message}`, failed: true };
        }
        throw error;
      }
    },
  };
}
