// Sign-in by the company's identity provider: who comes is who the provider says, with role and groups.
import assert from 'node:assert/strict';
import { createGroup, groupsOf, whoAmI } from '../administration.mjs';
import { ADMIN, GRACE, LINUS, PEOPLE, STRANGER } from '../people.mjs';
import { askEdge, cookieHeader } from '../raw.mjs';
import { fillSignIn, signInWithProvider } from '../webui.mjs';

export const title = 'sign-in';

export async function run({ stack, check, person, shared }) {
  const { edge, identity } = stack;
  const enter = (who, email) => signInWithProvider(who, { url: edge.url, email, password: identity.passwordOf(email) });

  await check('who is not signed in is sent to the identity provider, with PKCE', async () => {
    const { status, headers } = await askEdge(edge, '/');
    assert.equal(status, 302);
    const to = new URL(headers.location);
    assert.equal(to.origin, identity.url);
    assert.equal(to.searchParams.get('client_id'), stack.secrets['oauth-config']['client-id']);
    assert.equal(to.searchParams.get('redirect_uri'), `${edge.url}/oauth2/callback`);
    assert.equal(to.searchParams.get('code_challenge_method'), 'S256');
  });
  await check('a program that is not signed in gets 401, no page', async () => {
    for (const path of [
      '/api/models',
      '/openai/models',
      '/ollama/api/tags',
      '/ws/socket.io/?EIO=4&transport=polling',
    ]) {
      assert.equal((await askEdge(edge, path)).status, 401, path);
    }
  });

  const admin = await person('admin');
  await check(
    'the administrator signs in and is one',
    async () => {
      await enter(admin, ADMIN);
      const { email, role } = await whoAmI(admin);
      assert.deepEqual({ email, role }, { email: ADMIN, role: 'admin' });
      await admin.picture('signed-in');
    },
    admin,
  );
  await check('the administrator makes the group "developers"', () => createGroup(admin, 'developers'));

  const grace = await person('grace');
  await check(
    'a colleague sees the sign-in of the company',
    async () => {
      await grace.page.goto(edge.url);
      await grace.page.getByRole('heading', { name: 'Company sign-in' }).waitFor();
      await grace.picture('sign-in');
    },
    grace,
  );
  await check(
    'she lands in Open WebUI as herself, as a user',
    async () => {
      await enter(grace, GRACE);
      const { email, name, role } = await whoAmI(grace);
      assert.deepEqual({ email, name, role }, { email: GRACE, name: 'Grace Hopper', role: 'user' });
      await grace.picture('signed-in');
    },
    grace,
  );
  await check('she is in the group that exists here, and in no other', async () => {
    assert.deepEqual(await groupsOf(grace), ['developers']);
  });

  const linus = await person('linus');
  await check(
    'another colleague is somebody else, in no group',
    async () => {
      await enter(linus, LINUS);
      assert.equal((await whoAmI(linus)).email, LINUS);
      assert.deepEqual(await groupsOf(linus), []);
    },
    linus,
  );
  await check('two people with two browsers stay themselves', async () => {
    assert.equal((await whoAmI(grace)).email, GRACE);
  });

  await check('who loses a group at the provider loses it here with the next sign-in', async () => {
    const { groups } = PEOPLE[GRACE];
    PEOPLE[GRACE].groups = [];
    const again = await person('grace-again');
    try {
      await enter(again, GRACE);
      assert.deepEqual(await groupsOf(again), []);
    } finally {
      PEOPLE[GRACE].groups = groups;
      await again.close();
    }
  });

  const stranger = await person('stranger');
  await check(
    'who has an address of another company is not let in',
    async () => {
      await fillSignIn(stranger, { url: edge.url, email: STRANGER, password: identity.passwordOf(STRANGER) });
      await stranger.page.getByText('Forbidden').first().waitFor();
      await stranger.picture('refused');
      const { status } = await askEdge(edge, '/api/models', {
        headers: { cookie: await cookieHeader(stranger, edge.url) },
      });
      assert.equal(status, 401);
    },
    stranger,
  );
  await stranger.close();
  Object.assign(shared, { admin, grace, linus });
}
