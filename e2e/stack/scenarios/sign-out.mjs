// Signing out ends the session of the app and of the proxy.
import assert from 'node:assert/strict';
import { askEdge, cookieHeader } from '../raw.mjs';
import { signOut } from '../webui.mjs';

export const title = 'sign-out';
export const needs = ['sign-in'];

export async function run({ stack, check, leaveOut, shared }) {
  const { linus } = shared;
  const { edge } = stack;
  let before;
  await check(
    'who signs out leaves the app and the proxy',
    async () => {
      await linus.page.goto(edge.url);
      before = await cookieHeader(linus, edge.url);
      assert.equal((await askEdge(edge, '/api/models', { headers: { cookie: before } })).status, 200);
      const left = linus.page.waitForRequest((request) => new URL(request.url()).pathname === '/oauth2/sign_out');
      await signOut(linus);
      await left;
    },
    linus,
  );
  if (stack.identity.endsSessions) {
    await check(
      'and the provider: the next page asks who comes',
      async () => {
        await linus.page.getByRole('button', { name: /^Yes/ }).click();
        await linus.page.goto(edge.url);
        await linus.page.getByRole('heading', { name: 'Company sign-in' }).waitFor();
        await linus.picture('signed-out');
      },
      linus,
    );
  } else {
    const why = `dist/${stack.environment} names no signOutUrl: the next page signs the same person in again, unasked`;
    leaveOut('the end of the session at the identity provider', why);
  }
  await check('the old cookies open nothing any more', async () => {
    assert.equal((await askEdge(edge, '/api/models', { headers: { cookie: before } })).status, 401);
  });
}
