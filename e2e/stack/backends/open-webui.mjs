// Open WebUI's side of its connections, from its rendered variables: which addresses it asks, with which keys, and what
// it says of the person. Source: open-webui 0.12.4, utils/headers.py and routers/openai.py.
import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { layOutPod } from '../rendered.mjs';

/** Values of header templates that the person's request fills. */
const TEMPLATES = {
  '{{USER_ID}}': ({ person }) => person.id,
  '{{USER_GROUPS}}': ({ person }) => (person.groups ?? []).join(','),
  '{{TASK}}': ({ task }) => task ?? '',
  '{{MESSAGE_ID}}': ({ messageId }) => messageId ?? '',
  '{{USER_MESSAGE_PARENT_ID}}': ({ parentId }) => parentId ?? '',
};

export function openWebUiOf({ rendered, secrets, addresses, folder }) {
  const { metadata } = rendered.objects.find(
    ({ kind, spec }) => kind === 'Deployment' && podSpec(spec).containers.some(({ name }) => name === 'open-webui'),
  );
  const { name } = metadata;
  const replace = addresses.replacerFor(name);
  const pod = layOutPod(rendered, { kind: 'Deployment', name, secrets, root: join(folder, 'asked-by'), replace });
  const { env } = pod.container('open-webui');
  const secret = env.FORWARD_USER_INFO_HEADER_JWT_SECRET;
  const urls = env.OPENAI_API_BASE_URLS.split(';');
  const keys = env.OPENAI_API_KEYS.split(';');
  const configs = JSON.parse(env.OPENAI_API_CONFIGS);
  const index = urls.findIndex((url) => url.endsWith(':4000/v1'));

  /** As `include_user_info_headers` and `get_custom_headers` do it. */
  function headers(key, templates, context) {
    const { person, chatId } = context;
    return {
      'Content-Type': 'application/json',
      ...(secret ? { 'X-OpenWebUI-User-Jwt': userToken(person, secret) } : plainHeaders(person)),
      'X-OpenWebUI-Auth-Type': 'jwt',
      ...(chatId && { 'X-OpenWebUI-Chat-Id': chatId }),
      Authorization: `Bearer ${key}`,
      ...filled(templates, context),
    };
  }
  return {
    secret,
    models: {
      url: urls[index],
      key: keys[index],
      headers: (context) => headers(keys[index], configs[index].headers, context),
    },
    tools: JSON.parse(env.TOOL_SERVER_CONNECTIONS ?? '[]').map((connection) => ({
      url: connection.url,
      key: connection.key,
      headers: (context) => headers(connection.key, connection.headers, context),
    })),
  };
}

export function userToken({ id, email, name = email, role = 'user' }, secret, { age = 0, issuer = 'open-webui' } = {}) {
  const iat = Math.floor(Date.now() / 1000) - age;
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { sub: id, email, name, role, iss: issuer, iat, exp: iat + 300 };
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

/** What it sends without a secret to sign with, and what a forger would send. */
export function plainHeaders({ id, email, name = email, role = 'user' }) {
  return {
    'X-OpenWebUI-User-Id': id,
    'X-OpenWebUI-User-Email': email,
    'X-OpenWebUI-User-Name': name,
    'X-OpenWebUI-User-Role': role,
  };
}

function filled(templates, context) {
  return Object.fromEntries(
    Object.entries(templates ?? {}).map(([name, template]) => {
      const value = template.replaceAll(/\{\{[A-Z_]+\}\}/g, (found) => {
        if (!TEMPLATES[found]) throw new Error(`${found} in the header ${name} is no template that this run knows`);
        return TEMPLATES[found](context);
      });
      return [name, encodeURI(value)];
    }),
  );
}

function podSpec({ template }) {
  return template.spec;
}
