import { ErrorCode, isObject, ProtocolError } from '../protocol/json-rpc';
import type { JsonObject } from '../upstream/upstream';
import type { CatalogueLookup } from './targets';
import { describeTools, searchTools } from './tool-search';

/** The three tools that stand for all others, so that a model need not carry hundreds of definitions. */
export const DYNAMIC_TOOLS: readonly JsonObject[] = [
  {
    name: 'search_tools',
    description: 'Finds tools by what they do. Returns their names and descriptions, best match first.',
    inputSchema: {
      type: 'object',
      properties: {
        query: { type: 'string', description: 'What the tool should do, in a few words.' },
        limit: { type: 'integer', minimum: 1, maximum: 50, description: 'Most tools to return, 10 unless given.' },
      },
      required: ['query'],
    },
  },
  {
    name: 'describe_tools',
    description: 'Returns the full definitions of tools, with the arguments that they take.',
    inputSchema: {
      type: 'object',
      properties: {
        names: { type: 'array', items: { type: 'string' }, description: 'Names as search_tools returned them.' },
      },
      required: ['names'],
    },
  },
  {
    name: 'call_tool',
    description: 'Calls a tool. Ask describe_tools for its arguments first.',
    inputSchema: {
      type: 'object',
      properties: {
        name: { type: 'string', description: 'Name as search_tools returned it.' },
        arguments: { type: 'object', description: 'The arguments that the tool takes.' },
      },
      required: ['name'],
    },
  },
];

const NAMES = new Set(DYNAMIC_TOOLS.map(({ name }) => name));

export function isDynamicTool(name: string): boolean {
  return NAMES.has(name);
}

/** Answers the three tools out of the catalogues. */
export class DynamicToolset {
  /** Their definitions, joined by commas. */
  public readonly listEntries = DYNAMIC_TOOLS.map((tool) => JSON.stringify(tool)).join(',');

  constructor(private readonly catalogues: CatalogueLookup) {}

  /** The call that `call_tool` stands for; nothing for the other two. Error: `ProtocolError`. */
  public callOf(
    dynamicTool: string,
    { name, arguments: args }: JsonObject,
  ): { readonly name: string; readonly arguments: JsonObject } | undefined {
    if (dynamicTool !== 'call_tool') return undefined;
    if (typeof name !== 'string') throw new ProtocolError(ErrorCode.INVALID_PARAMS, 'name is not a text');
    return { name, arguments: isObject(args) ? args : {} };
  }

  /** The result of the other two, for these tenants. Error: `ProtocolError`. */
  public answer(dynamicTool: string, given: JsonObject, tenantIds: readonly string[]): JsonObject {
    const found = this.find(dynamicTool, given, tenantIds);
    return { content: [{ type: 'text', text: JSON.stringify(found) }], structuredContent: found };
  }

  /** The same as plain JSON. Error: `ProtocolError`. */
  public find(dynamicTool: string, { query, limit, names }: JsonObject, tenantIds: readonly string[]): JsonObject {
    if (dynamicTool === 'search_tools') {
      if (typeof query !== 'string') throw new ProtocolError(ErrorCode.INVALID_PARAMS, 'query is not a text');
      const most = Number.isInteger(limit) ? (limit as number) : undefined;
      return { tools: searchTools(query, most, tenantIds, this.catalogues) };
    }
    if (!Array.isArray(names) || !names.every((name) => typeof name === 'string')) {
      throw new ProtocolError(ErrorCode.INVALID_PARAMS, 'names is not a list of texts');
    }
    return { tools: describeTools(names, tenantIds, this.catalogues) };
  }
}
