// Clients of both eras of MCP, at any replica.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadFixtures } from '../fixtures.mjs';
import { openCall } from './call-stream.mjs';

export const fixtures = await loadFixtures();
const { headersOf, legacy, modern, request } = fixtures;
export const ALICE = { email: 'alice@example.com' };
export const BOB = { email: 'bob@example.com' };
/** Time in which a message that must not arrive would have arrived. */
export const A_WHILE_MS = 500;

export const post = (gateway, user, body, headers = {}) =>
  request(`${gateway.url}/mcp`, { headers: { ...headersOf(user), ...headers }, body });

/** A session as a client of 2025-11-25 begins it, that can be asked anything. */
export async function session(gateway, user = ALICE) {
  const capabilities = { elicitation: {}, sampling: {}, roots: {} };
  const { headers } = await post(gateway, user, legacy('initialize', { protocolVersion: '2025-11-25', capabilities }));
  return { 'mcp-session-id': headers['mcp-session-id'], 'mcp-protocol-version': '2025-11-25' };
}

export const callBody = (name, args, id = 1, more = {}) => legacy('tools/call', { name, arguments: args, ...more }, id);
export const open = (gateway, headers, body) =>
  openCall(`${gateway.url}/mcp`, { ...headersOf(ALICE), ...headers }, body);
export const answer = (id, result) => JSON.stringify({ jsonrpc: '2.0', id, result });
export const accepted = (content) => ({ action: 'accept', content });
export const isQuestion = ({ id, method }) => id !== undefined && method !== undefined;
export const isResult = ({ result, error }) => (result ?? error) !== undefined;
export const cancel = (requestId) =>
  JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId } });

/** A call as a client of 2026-07-28 makes it, that can be asked anything. */
export function modernCall(params) {
  const capabilities = { elicitation: {}, sampling: {}, roots: {} };
  const _meta = { 'io.modelcontextprotocol/clientCapabilities': capabilities, ...params._meta };
  return modern('tools/call', { arguments: {}, ...params, _meta });
}

export async function callModern(gateway, user, params) {
  const { body, headers } = modernCall(params);
  return (await post(gateway, user, body, headers)).messages.at(-1);
}

/** Makes a call that asks once; gives the request that goes on with it, with `text` for an answer. */
export async function answered(gateway, { name, text, _meta }) {
  const params = { name, arguments: { text }, _meta };
  const { result } = await callModern(gateway, ALICE, params);
  const [key] = Object.keys(result.inputRequests);
  const inputResponses = { [key]: accepted({ answer: text }) };
  return modernCall({ ...params, requestState: result.requestState, inputResponses });
}

export async function until(what, isTrue, limitMs = 10_000) {
  const end = Date.now() + limitMs;
  while (!(await isTrue())) {
    assert.ok(Date.now() < end, `not within ${limitMs} ms: ${what}`);
    await sleep(20);
  }
}
