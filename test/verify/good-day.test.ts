import { checks } from '../../verify/checks';
import { bad, Replay } from './replay';

/** What a real API server said of the applied environments, with nothing broken. */
describe.each(['phase2-kind', 'aks-production'])('verify on a good day of %s', (environment) => {
  let replay: Replay;

  beforeAll(async () => {
    replay = await new Replay(environment).start();
    replay.page = { status: 302, location: 'https://login.company.com/authorize' };
    if (environment === 'aks-production') {
      const { data } = replay.one('secrets', 'open-webui-secrets');
      data.MCP_PROXY_API_KEY = Buffer.from(replay.pods.key).toString('base64');
      data.FORWARD_USER_INFO_HEADER_JWT_SECRET = Buffer.from(replay.pods.tokenSecret).toString('base64');
    }
  });
  afterAll(() => replay.stop());

  test.each(checks.map(({ name }) => name))('%s finds nothing wrong, and something good', async (name) => {
    const findings = await replay.find(name);
    expect(bad(findings)).toEqual([]);
    expect(findings.length).toBeGreaterThan(0);
  });
});
