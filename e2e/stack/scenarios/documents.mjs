// A document in a chat: its text goes into pgvector, and what fits the question to the model.
import assert from 'node:assert/strict';
import { ask, newChat } from '../webui.mjs';
import { MODEL } from './accounts.mjs';

export const title = 'documents in pgvector';
export const needs = ['accounts'];

const TEXT = 'The company heron is called Ferdinand. It lives at the pond behind building seven.';

export async function run({ stack, check, shared }) {
  const { google } = shared;
  await check(
    'a document is read, embedded and found',
    async () => {
      await newChat(google, { url: stack.edge.url, model: MODEL });
      const file = { name: 'heron.txt', mimeType: 'text/plain', buffer: Buffer.from(TEXT) };
      const uploaded = google.page.waitForResponse((response) => /\/api\/v1\/files\//.test(response.url()));
      await google.page.locator('input[type=file]:not([accept])').first().setInputFiles(file);
      assert.equal((await uploaded).status(), 200);
      await google.page.getByText('heron.txt').first().waitFor();
      await ask(google, 'What is the name of the heron?');
      await google.picture('document');
      const sent = JSON.stringify((await stack.backends.model.requests()).map(({ body }) => body?.messages));
      assert.ok(sent.includes('called Ferdinand'), 'the model is given the passage');
    },
    google,
  );
  await check('its vectors stand in the database of the manifest', () => {
    const count = Number(
      stack.postgres.sql("SELECT count(*) FROM document_chunk WHERE text LIKE '%Ferdinand%'", 'openwebui'),
    );
    assert.ok(count > 0, `document_chunk has ${count} rows of it`);
    assert.equal(
      stack.postgres.sql("SELECT extname FROM pg_extension WHERE extname = 'vector'", 'openwebui'),
      'vector',
    );
  });
}
