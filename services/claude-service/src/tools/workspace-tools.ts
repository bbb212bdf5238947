import type { Workspace } from '../workspace/workspace';
import { BASH } from './bash-tool';
import { EDIT, READ, WRITE } from './file-tools';
import { GLOB, GREP } from './search-tools';
import type { AgentTool } from './tool';
import { workspaceTool } from './workspace-tool';

/**
 * The tools of a workspace, with the names of Anthropic's agent toolset. Its own implementation needs Node 22 for
 * `glob`, runs on this machine only, and gives a shell no limits.
 */
const DESCRIPTIONS = [BASH, READ, WRITE, EDIT, GLOB, GREP];

/** The six tools, bound to the workspace of a session. */
export function workspaceTools(workspace: Workspace): AgentTool[] {
  return DESCRIPTIONS.map((description) => workspaceTool(description, workspace));
}
