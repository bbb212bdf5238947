import { bad, Replay } from './replay';

/** One thing that is broken in the recorded cluster, and what verify must say of it. */
export interface Breakage {
  readonly name: string;
  readonly environment?: 'aks-production' | 'phase2-kind';
  break(replay: Replay): void;
  readonly says: RegExp;
  /** @default 'failed' */
  readonly state?: 'failed' | 'not checked';
}

/** Tests of a check: each breakage is found for its reason, and with `bad` of one line nothing else is said to be. */
export function finds(check: string, breakages: readonly Breakage[]): void {
  describe(`${check} finds`, () => {
    test.each(breakages.map((breakage) => [breakage.name, breakage] as const))('%s', async (_, breakage) => {
      const replay = await new Replay(breakage.environment ?? 'aks-production').start();
      try {
        withGatewayKeys(replay);
        breakage.break(replay);
        const lines = bad(await replay.find(check));
        expect(lines.join('\n')).toMatch(breakage.says);
        expect(lines.filter((line) => breakage.says.test(line))[0]).toMatch(
          new RegExp(`^${breakage.state ?? 'failed'}: `),
        );
      } finally {
        await replay.stop();
      }
    });
  });
}

/** Recorded Secrets hold no values: the gateway's are made anew. */
export function withGatewayKeys(replay: Replay): void {
  if (replay.environment !== 'aks-production') return;
  const { data } = replay.one('secrets', 'open-webui-secrets');
  data.MCP_PROXY_API_KEY = Buffer.from(replay.pods.key).toString('base64');
  data.FORWARD_USER_INFO_HEADER_JWT_SECRET = Buffer.from(replay.pods.tokenSecret).toString('base64');
}
