/** Longest name that models accept for a tool. */
export const MAX_TOOL_NAME_LENGTH = 64;

/** The two halves of a tool's shown name. */
export interface ToolName {
  readonly tenantId: string;
  /** The tool's name at the tenant's own server. */
  readonly tool: string;
}

/** The name a tool is shown under, `<tenantId>_<tool>`, or nothing when that is longer than 64 characters. */
export function exposedToolName(tenantId: string, tool: string): string | undefined {
  return fitsToolName(tenantId, tool) ? `${tenantId}_${tool}` : undefined;
}

export function fitsToolName(tenantId: string, tool: string): boolean {
  return tool.length > 0 && tenantId.length + 1 + tool.length <= MAX_TOOL_NAME_LENGTH;
}

/**
 * The halves of a shown name, or nothing without a prefix. Never ambiguous: a tenant id has no underscore, so
 * `a_b_c` is the tool `b_c` of the tenant `a` and of no other.
 */
export function splitToolName(exposedName: string): ToolName | undefined {
  const underscore = exposedName.indexOf('_');
  if (underscore < 1) return undefined;
  return { tenantId: exposedName.slice(0, underscore), tool: exposedName.slice(underscore + 1) };
}
