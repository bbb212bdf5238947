// The first plan's accounts: the administrator of the manifest, and people whom the administrator lets in.
import assert from 'node:assert/strict';
import { addToGroup, createAccount, createGroup, shareModels, whoAmI } from '../administration.mjs';
import { ADMIN, EMPLOYEES } from '../people.mjs';
import { askEdge } from '../raw.mjs';
import { signInWithPassword } from '../webui.mjs';

export const title = 'accounts';

export const MODEL = 'claude-sonnet-5-5';

export async function run({ stack, check, person, shared }) {
  const { edge, secrets } = stack;
  const { url } = edge;
  const password = secrets['open-webui-secrets'].WEBUI_ADMIN_PASSWORD;

  const anybody = await person('anybody');
  await check(
    'who has no session sees the sign-in, and no way to register',
    async () => {
      await anybody.page.goto(url);
      await anybody.page.waitForURL(`${url}/auth**`);
      await anybody.page.getByRole('button', { name: 'Sign in' }).waitFor();
      assert.equal(await anybody.page.getByText('Sign up').count(), 0);
      await anybody.picture('sign-in');
    },
    anybody,
  );
  await check('the API answers nobody, and registers nobody', async () => {
    assert.equal((await askEdge(edge, '/api/models')).status, 401);
    const headers = { 'content-type': 'application/json' };
    const body = { email: 'first@company.com', name: 'First', password: 'long-enough-password' };
    assert.equal((await askEdge(edge, '/api/v1/auths/signup', { method: 'POST', headers, body })).status, 403);
    const guess = { email: ADMIN, password: 'admin' };
    assert.equal((await askEdge(edge, '/api/v1/auths/signin', { method: 'POST', headers, body: guess })).status, 400);
  });
  await anybody.close();

  const admin = await person('admin');
  await check(
    'the administrator signs in with the password of the Secret',
    async () => {
      await signInWithPassword(admin, { url, email: ADMIN, password });
      const { email, role } = await whoAmI(admin);
      assert.deepEqual({ email, role }, { email: ADMIN, role: 'admin' });
    },
    admin,
  );
  await check('the session is a cookie that only TLS carries and no script reads', async () => {
    const token = (await admin.context.cookies(url)).find(({ name }) => name === 'token');
    assert.deepEqual([token?.secure, token?.httpOnly], [true, true]);
  });
  await check('the administrator makes groups and accounts, and shares a model', async () => {
    await shareModels(admin, [MODEL]);
    for (const [tenant, { email, name, group }] of Object.entries(EMPLOYEES)) {
      const account = await createAccount(admin, { email, name, password });
      await addToGroup(admin, (await createGroup(admin, group)).id, account.id);
      shared[tenant] = await person(tenant);
    }
  });
  for (const [tenant, { email, name }] of Object.entries(EMPLOYEES)) {
    await check(
      `${name} signs in as a user`,
      async () => {
        await signInWithPassword(shared[tenant], { url, email, password });
        const me = await whoAmI(shared[tenant]);
        assert.deepEqual([me.email, me.role], [email, 'user']);
      },
      shared[tenant],
    );
  }
  shared.productionAdmin = admin;
}
