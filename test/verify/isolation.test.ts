import { finds, withGatewayKeys } from './broken';
import { bad, Replay } from './replay';

finds('isolation', [
  {
    name: 'a tool of another tenant that is visible',
    break: ({ pods }) => {
      pods.fault = 'shows-all';
    },
    says: /verify@google\.com \(google-employees\): sees tools of others: .*microsoft_search/,
  },
  {
    name: 'a call that is not denied',
    break: ({ pods }) => {
      pods.fault = 'denies-nobody';
    },
    says: /verify@google\.com \(google-employees\) at microsoft: is not denied: 404/,
  },
  {
    name: 'a tool of their own that a user does not see',
    break: ({ pods }) => {
      pods.fault = 'forgets-a-tool';
    },
    says: /verify@microsoft\.com \(microsoft-employees\): does not see microsoft_read_file/,
  },
  {
    name: 'a gateway that believes unsigned headers',
    break: ({ pods }) => {
      pods.fault = 'trusts-headers';
    },
    says: /with unsigned user headers: sees 6 tools: is TRUST_PLAIN_USER_HEADERS on\?/,
  },
  {
    name: 'a gateway that needs no key',
    break: ({ pods }) => {
      pods.fault = 'needs-no-key';
    },
    says: /without the key: the gateway answers 200, not 401/,
  },
  {
    name: 'a tenant whose server does not answer',
    break: ({ pods }) => {
      pods.answer = (_, __, { path, headers }) =>
        path === '/tools' && headers?.['x-openwebui-user-jwt']
          ? { status: 200, body: '{"tools":[{"name":"google_search","tenant":"google"}]}' }
          : undefined;
    },
    says: /admin: no tool is listed of github, microsoft: does its server answer\?/,
  },
  {
    name: 'a key in the cluster that the gateway does not know',
    break: (replay) => {
      const other = Buffer.from('other').toString('base64');
      replay.one('secrets', 'open-webui-secrets').data.FORWARD_USER_INFO_HEADER_JWT_SECRET = other;
    },
    says: /admin: the gateway answers 401 to a user with the role admin/,
  },
  {
    name: 'Secrets that the account may not read, as not checked',
    break: (replay) => replay.refuse('secrets', 403),
    says: /the rest: 403 for .*secrets/,
    state: 'not checked',
  },
]);

describe('isolation', () => {
  let replay: Replay;

  beforeEach(async () => {
    replay = await new Replay('aks-production').start();
    withGatewayKeys(replay);
  });
  afterEach(() => replay.stop());

  test('tries a user of each tenant, each denied at the others, and an admin who sees all', async () => {
    const findings = await replay.find('isolation');
    expect(findings.map(({ subject, says }) => `${subject}: ${says}`)).toEqual([
      'without the key: is refused',
      'with unsigned user headers: is refused',
      'admin: sees all 6 tools of github, google, microsoft',
      'verify@verify.invalid (developers): sees the 2 tools of github only',
      'verify@verify.invalid (developers) at google: is denied: Access Denied',
      'verify@verify.invalid (developers) at microsoft: is denied: Access Denied',
      'verify@google.com (google-employees): sees the 2 tools of google only',
      'verify@google.com (google-employees) at github: is denied: Access Denied',
      'verify@google.com (google-employees) at microsoft: is denied: Access Denied',
      'verify@microsoft.com (microsoft-employees): sees the 2 tools of microsoft only',
      'verify@microsoft.com (microsoft-employees) at github: is denied: Access Denied',
      'verify@microsoft.com (microsoft-employees) at google: is denied: Access Denied',
    ]);
  });

  test('tries the users that the command line names, by the rendered policy', async () => {
    replay.users = [{ email: 'ada@google.com', groups: ['google-employees', 'developers'] }];
    const findings = await replay.find('isolation');
    expect(bad(findings)).toEqual([]);
    expect(findings.map(({ subject }) => subject).slice(3)).toEqual([
      'ada@google.com (google-employees, developers)',
      'ada@google.com (google-employees, developers) at microsoft',
    ]);
  });

  test('calls no tool that exists, so that a missing denial does nothing', async () => {
    await replay.find('isolation');
    const called = replay.pods.requests.filter(({ request }) => request.method === 'POST');
    expect(called.length).toBe(6);
    for (const { request } of called) expect(request.path).toMatch(/^\/[a-z]+_verify-no-such-tool$/);
  });

  test('shows neither the key, nor the signing secret, nor a token', async () => {
    replay.pods.fault = 'denies-nobody';
    const text = JSON.stringify(await replay.find('isolation'));
    expect(text).not.toContain(replay.pods.key);
    expect(text).not.toContain(replay.pods.tokenSecret);
    expect(text).not.toContain('eyJ');
  });
});
