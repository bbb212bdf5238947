import { isObject } from '../protocol/json-rpc';
import { failure } from './failures';
import { MAX_LIST_CHARACTERS, MAX_LIST_ENTRIES, MAX_LIST_PAGES } from './limits';
import { FailureKind, type JsonObject, type UpstreamAnswer, type UpstreamOffer } from './upstream';

/** Sends a request of the gateway's own. */
export type Ask = (method: string, params: JsonObject) => Promise<UpstreamAnswer>;

/** What a server says of itself before its lists are asked for. */
export type ServerIntroduction = Pick<
  UpstreamOffer,
  'serverInfo' | 'capabilities' | 'instructions' | 'protocolVersion'
>;

/** All lists of a server, each asked for only when its capabilities name it. Error: `UpstreamFailure`. */
export async function readOffer(introduction: ServerIntroduction, ask: Ask): Promise<UpstreamOffer> {
  const { tools, prompts, resources } = introduction.capabilities;
  return {
    ...introduction,
    tools: tools ? await readList(ask, 'tools/list', 'tools') : [],
    // Many servers declare more than they have, templates above all: that is an empty list, not an outage.
    prompts: prompts ? await readList(ask, 'prompts/list', 'prompts', true) : [],
    resources: resources ? await readList(ask, 'resources/list', 'resources', true) : [],
    resourceTemplates: resources ? await readList(ask, 'resources/templates/list', 'resourceTemplates', true) : [],
  };
}

async function readList(ask: Ask, method: string, field: string, optional = false): Promise<JsonObject[]> {
  const entries: JsonObject[] = [];
  let cursor: string | undefined;
  let characters = 0;
  for (let page = 0; page < MAX_LIST_PAGES; page += 1) {
    const answer = await ask(method, cursor === undefined ? {} : { cursor });
    if ('error' in answer) {
      if (optional) return entries;
      throw failure(FailureKind.BROKEN_ANSWER, `${method} answered with error ${answer.error.code}`);
    }
    const { [field]: list, nextCursor } = answer.result;
    if (!Array.isArray(list)) throw failure(FailureKind.BROKEN_ANSWER, `${method} without ${field}`);
    for (const entry of list) {
      const length = jsonLength(entry);
      if (length === undefined) continue;
      characters += length;
      if (characters > MAX_LIST_CHARACTERS || entries.length >= MAX_LIST_ENTRIES) return entries;
      if (isObject(entry)) entries.push(entry);
    }
    if (typeof nextCursor !== 'string' || nextCursor === cursor) break;
    cursor = nextCursor;
  }
  return entries;
}

/** Nothing for what is nested so deeply that nobody could be told of it. */
function jsonLength(entry: unknown): number | undefined {
  try {
    return JSON.stringify(entry).length;
  } catch {
    return undefined;
  }
}

/** The answer to `initialize`, or a discovery in the same shape. Error: `UpstreamFailure`. */
export function readIntroduction(result: JsonObject, protocolVersion: string): ServerIntroduction {
  const { serverInfo, capabilities, instructions } = result;
  return {
    serverInfo: isObject(serverInfo) ? serverInfo : {},
    capabilities: isObject(capabilities) ? capabilities : {},
    instructions: typeof instructions === 'string' ? instructions : undefined,
    protocolVersion,
  };
}
