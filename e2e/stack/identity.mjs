// An OpenID provider with made-up people: the sign-in of a company, as real as a browser sees it.
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Starts it at an address. `issuer` is the rendered issuer URL; its path is kept. `client` is { id, secret, redirect }.
 * `people` is e-mail → { name, groups }; each gets a password.
 * `signOutUrl` is where the manifests end the provider's own session, if they do. `url` is where it is on loopback.
 */
export async function startIdentity({ home, address, issuer, signOutUrl, client, people }) {
  const { Provider } = await import(pathToFileURL(createRequire(join(home, 'x.js')).resolve('oidc-provider')));
  const passwords = new Map(Object.keys(people).map((email) => [email, randomBytes(9).toString('base64url')]));
  const server = createServer();
  await new Promise((listening) => server.listen(0, address, listening));
  const origin = `http://${address}:${server.address().port}`;
  const path = new URL(issuer).pathname.replace(/\/$/, '');
  const provider = quietly(() => new Provider(`${origin}${path}`, configuration({ client, people, path, signOutUrl })));
  const answer = provider.callback();
  server.on('request', async (request, response) => {
    if (request.url.startsWith(`${path}/interaction/`)) return signIn(provider, passwords, request, response);
    if (!request.url.startsWith(`${path}/`)) return response.writeHead(404).end();
    request.originalUrl = request.url;
    request.url = request.url.slice(path.length);
    answer(request, response);
  });
  let signIns = 0;
  provider.on('grant.success', () => signIns++);
  return {
    url: origin,
    path,
    endsSessions: signOutUrl !== undefined,
    passwordOf: (email) => passwords.get(email),
    signIns: () => signIns,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function configuration({ client, people, path, signOutUrl }) {
  return {
    ...(signOutUrl && { routes: { end_session: new URL(signOutUrl).pathname.slice(path.length) } }),
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        redirect_uris: [client.redirect],
        response_types: ['code'],
        grant_types: ['authorization_code'],
      },
    ],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'groups'] },
    // As most providers do: what the scopes ask for stands in the ID token too.
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    cookies: { keys: [randomBytes(24).toString('base64url')] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, interaction) => `${path}/interaction/${interaction.uid}` },
    findAccount: (_, email) =>
      people[email] && {
        accountId: email,
        claims: () => ({ sub: email, email, email_verified: true, ...people[email] }),
      },
    // A company's own app: nobody is asked whether it may know their name.
    async loadExistingGrant({ oidc }) {
      const { Grant } = oidc.provider;
      const grant = new Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
      grant.addOIDCScope('openid email profile');
      await grant.save();
      return grant;
    },
    ttl: { Session: 3600, Grant: 3600, Interaction: 600, AccessToken: 3600, IdToken: 3600, AuthorizationCode: 60 },
  };
}

async function signIn(provider, passwords, request, response) {
  if (request.method === 'GET') return form(response, 200, '');
  const fields = new URLSearchParams(Buffer.concat(await request.toArray()).toString());
  const email = fields.get('email');
  if (!passwords.has(email) || passwords.get(email) !== fields.get('password')) {
    return form(response, 403, 'Unknown person or wrong password.');
  }
  return provider.interactionFinished(request, response, { login: { accountId: email } });
}

function form(response, status, problem) {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' });
  response.end(`<!doctype html><title>Company sign-in</title>
<h1>Company sign-in</h1><p role="alert">${problem}</p>
<form method="post"><label>E-mail <input name="email" type="email"></label>
<label>Password <input name="password" type="password"></label><button>Sign in</button></form>`);
}

/** The library warns that an issuer on loopback has no TLS. */
function quietly(action) {
  const { warn } = console;
  console.warn = () => undefined;
  try {
    return action();
  } finally {
    console.warn = warn;
  }
}
