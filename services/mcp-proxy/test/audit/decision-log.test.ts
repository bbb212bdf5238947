import { createHash } from 'node:crypto';
import { AccessKind, AccessRule } from '../../../../constructs/tenants';
import { createLogger, LogLevel } from '../../../runtime/log';
import { type CallRecord, DecisionLog } from '../../src/audit/decision-log';
import { CallerProof } from '../../src/identity/caller';

const ARGUMENTS = '{"query":"salary of bob"}';
const CALL: CallRecord = {
  caller: {
    userId: 'u-1',
    email: 'alice@google.com',
    groups: ['dev', 'secret-project'],
    role: 'user',
    proof: CallerProof.OPEN_WEBUI_TOKEN,
  },
  decision: {
    kind: AccessKind.ALLOWED,
    rule: AccessRule.LISTS_MATCH,
    tenantId: 'github',
    tool: 'search',
    userEntry: '*@google.com',
    groupEntry: 'dev',
  },
  method: 'tools/call',
  name: 'github_search',
  argumentsJson: ARGUMENTS,
  outcome: 'ok',
  milliseconds: 12.3456,
  generation: 7,
  requestId: 'r-1',
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
};

function written(record: CallRecord, level = LogLevel.INFO): { readonly [field: string]: unknown } {
  const lines: string[] = [];
  new DecisionLog(createLogger({ service: 'mcp-proxy', level, stream: { write: (line) => lines.push(line) } })).write(
    record,
  );
  expect(lines).toHaveLength(1);
  expect(lines[0].endsWith('}\n')).toBe(true);
  return JSON.parse(lines[0]);
}

it('a call is one line that says who, what, why and how it ended', () => {
  const { time, ...line } = written(CALL);
  expect(time).toBeDefined();
  expect(line).toEqual({
    level: 'info',
    service: 'mcp-proxy',
    event: 'call',
    user: 'u-1',
    email: 'alice@google.com',
    proof: 'open-webui-token',
    method: 'tools/call',
    name: 'github_search',
    tenant: 'github',
    tool: 'search',
    decision: 'allowed',
    rule: 'lists-match',
    user_entry: '*@google.com',
    group_entry: 'dev',
    arguments_sha256: createHash('sha256').update(ARGUMENTS).digest('hex'),
    outcome: 'ok',
    ms: 12.35,
    generation: 7,
    request_id: 'r-1',
    trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
  });
});

it('the arguments are not in it', () => {
  expect(JSON.stringify(written(CALL))).not.toContain('salary');
  expect(written({ ...CALL, argumentsJson: undefined })).not.toHaveProperty('arguments_sha256');
});

it('groups that did not decide are not in it', () => {
  expect(JSON.stringify(written(CALL))).not.toContain('secret-project');
});

it('a refusal is written too, at every LOG_LEVEL', () => {
  const decision = { kind: AccessKind.DENIED, rule: AccessRule.UNKNOWN_TENANT, tenantId: 'hr' };
  for (const level of Object.values(LogLevel)) {
    expect(written({ ...CALL, decision, outcome: 'denied' }, level)).toMatchObject({
      decision: 'denied',
      rule: 'unknown-tenant',
      tenant: 'hr',
      outcome: 'denied',
    });
  }
});

it('what a caller writes can neither begin a line nor fill the log', () => {
  const name = `x_\n{"event":"call","decision":"allowed"}${'y'.repeat(10_000)}`;
  const decision = { kind: AccessKind.DENIED, rule: AccessRule.UNKNOWN_TENANT, tenantId: name, tool: name };
  const line = written({ ...CALL, name, decision });
  expect(JSON.stringify(line).length).toBeLessThan(1500);
});
