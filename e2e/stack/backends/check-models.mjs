// LiteLLM with the rendered configuration: the direct models, what it lets in, what it says and keeps to itself.
import assert from 'node:assert/strict';
import { check } from '../../claude-service/suite.mjs';
import { until } from '../programs.mjs';
import { findObject } from '../rendered.mjs';
import { answered, ask, counted, script, told } from './chat.mjs';

const ADA = { id: 'ada-of-google', email: 'ada@google.com', groups: ['google-employees'] };
/** Parts of a question that no log may hold. */
const SECRET_WORDS = 'the merger with Contoso';

export async function checkModels(backends, openWebUi) {
  const { models } = openWebUi;
  const { model: anthropic } = backends;
  const base = backends.url('litellm');
  const config = findObject(backends.cluster.rendered, 'ConfigMap', 'litellm-config').data['config.yaml'];
  const names = [...config.matchAll(/model_name: (\S+)/g)].map(([, name]) => name);
  const direct = [...config.matchAll(/model: anthropic\/(\S+)/g)].map(([, name]) => name);
  const context = { person: ADA, chatId: 'direct' };

  await check('Open WebUI finds LiteLLM where it is told to, and every model of the file', async () => {
    assert.equal(models.url, `${base}/v1`);
    const response = await fetch(`${models.url}/models`, { headers: models.headers(context) });
    const { data } = await response.json();
    assert.deepEqual(
      data.map(({ id }) => id),
      names,
    );
    return names.join(', ');
  });

  for (const model of direct) {
    await check(`${model} answers, streamed and not, with the figures of the API`, async () => {
      const before = counted(await anthropic.counted());
      const streamed = await answered(models, { model, said: 'hello', context });
      assert.equal(streamed.text, 'You said: hello');
      assert.equal(streamed.end, 'stop');
      const whole = await answered(models, { model, said: 'hello again', context, stream: false });
      assert.equal(whole.text, 'You said: hello again');
      assert.equal(told(streamed) + told(whole), counted(await anthropic.counted()) - before);
      const { headers, key, body } = (await anthropic.requests()).at(-1);
      assert.equal(key, backends.secret('litellm-secrets', 'ANTHROPIC_API_KEY'));
      const identity = Object.keys(headers).filter((name) => /openwebui|customer|litellm/.test(name));
      assert.deepEqual(identity, [], 'the provider is told who asks');
      assert.doesNotMatch(JSON.stringify(body), /ada/);
    });
  }

  await check('parameters that the model refuses are left out', async () => {
    const more = { frequency_penalty: 0.5, logit_bias: { 1: 2 }, seed: 7 };
    await answered(models, { model: direct[0], said: 'with more', context, ...more });
    const { body } = (await anthropic.requests()).at(-1);
    for (const name of Object.keys(more)) assert.ok(!(name in body), name);
  });

  await check('an overloaded model is asked again; one that stays so is a clear error', async () => {
    const error = { status: 529, times: 2 };
    assert.equal(
      (await answered(models, { model: direct[0], said: script('a', { error, text: 'x' }), context })).end,
      'stop',
    );
    const before = (await anthropic.requests()).length;
    const always = { status: 529 };
    const answer = await ask(models, { model: direct[0], said: script('b', { error: always }), context });
    assert.ok(answer.status >= 500, String(answer.status));
    assert.match(answer.error.message, /[Oo]verloaded/);
    return `${answer.status} after ${(await anthropic.requests()).length - before} calls`;
  });

  await check('one refused question does not take the model from the others', async () => {
    const error = { status: 400, message: 'refused for a test' };
    const wrong = await ask(models, { model: direct[0], said: script('c', { error }), context });
    assert.equal(wrong.status, 400);
    await answered(models, { model: direct[0], said: 'still there?', context });
  });

  await check('only its own key opens it; health is open and costs nothing', async () => {
    const before = (await anthropic.requests()).length;
    const others = Object.entries(backends.cluster.secrets)
      .flatMap(([name, keys]) => Object.entries(keys).map(([key, value]) => [`${name}/${key}`, value]))
      .filter(([, value]) => value !== models.key);
    for (const [name, value] of [['no key', undefined], ['a made-up key', 'sk-made-up'], ...others]) {
      const headers = { 'content-type': 'application/json', ...(value && { authorization: `Bearer ${value}` }) };
      const { status } = await ask(models, { model: direct[0], said: 'hello', headers });
      assert.ok([400, 401].includes(status), `${name} is answered with ${status}`);
    }
    for (const path of ['/health', '/v1/models', '/metrics', '/model/info', '/user/list', '/global/spend']) {
      const { status } = await fetch(base + path, { redirect: 'manual' });
      assert.ok(status >= 400, `${path} without a key answers ${status}`);
    }
    for (const path of ['/docs', '/redoc', '/openapi.json']) assert.equal((await fetch(base + path)).status, 404, path);
    // The pages of the administration are files without content of their own; what counts is that nobody signs in.
    const signIn = JSON.stringify({ username: 'admin', password: models.key });
    const headers = { 'content-type': 'application/json' };
    assert.ok((await fetch(`${base}/v2/login`, { method: 'POST', headers, body: signIn })).status >= 400);
    for (const path of ['/health/liveliness', '/health/readiness'])
      assert.equal((await fetch(base + path)).status, 200);
    assert.equal((await anthropic.requests()).length, before);
    return `${others.length} other secrets of the environment were refused`;
  });

  await check('its log holds no question, no key and no token of a person', async () => {
    const said = script(SECRET_WORDS, { text: 'the answer to it' });
    await answered(models, { model: direct[0], said, context });
    await ask(models, { model: direct[0], said: script(SECRET_WORDS, { error: { status: 400 } }), context });
    const log = backends.output('litellm');
    const { 'X-OpenWebUI-User-Jwt': token } = models.headers(context);
    const [header] = (token ?? 'none').split('.');
    const words = { question: SECRET_WORDS, answer: 'the answer to it', 'user token': `${header}.` };
    for (const [name, value] of Object.entries(backends.cluster.secrets['litellm-secrets'])) words[name] = value;
    const found = Object.entries(words).filter(([, word]) => log.includes(word));
    assert.deepEqual(
      found.map(([name]) => name),
      [],
    );
  });

  await check('it logs no warning but those that are known', async () => {
    const lines = backends.output('litellm').split('\n');
    const warnings = lines.filter((line) => /"level": "(WARNING|ERROR|CRITICAL)"|Deprecat|Traceback/.test(line));
    // What the checks above provoked, and advice for the sign-in of pages that are switched off.
    const known =
      /_handle_llm_api_exception|trusted_proxy_ranges|Overloaded|overloaded|user_api_key_auth|refused for a test|Not connected to DB/;
    const unknown = warnings.filter((line) => !known.test(line)).map((line) => line.slice(0, 400));
    assert.deepEqual(unknown, []);
  });
}

/** Last of all, since it ends the program. */
export async function checkDrain(backends, { models }) {
  await check('LiteLLM lets a running answer end when its pod is ended', async () => {
    const said = script('slow', { text: 'slow words '.repeat(20), delayMs: 200, pieceLength: 12 });
    const before = (await backends.model.requests()).length;
    const running = ask(models, { model: 'claude-sonnet-5-5', said, context: { person: ADA } });
    await until('the answer runs', async () => (await backends.model.requests()).length > before);
    const code = await backends.end('litellm');
    const answer = await running;
    assert.ok(answer.isWhole, answer.raw.slice(-300));
    // Its web server ends itself with the signal that it was sent, when it is done.
    assert.ok([0, 'SIGTERM'].includes(code), String(code));
  });
}
