// An OpenAI-compatible server of embeddings: the same text, the same vector; words in common, vectors near each other.
import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';

const DIMENSIONS = 384;

export async function startEmbeddings(address) {
  const key = randomBytes(16).toString('base64url');
  let asked = 0;
  const server = createServer(async (request, response) => {
    const chunks = await request.toArray();
    if (request.headers.authorization !== `Bearer ${key}`) return answer(response, 401, { error: 'wrong key' });
    const { input, model } = JSON.parse(Buffer.concat(chunks).toString() || '{}');
    const texts = [input].flat();
    asked += texts.length;
    const data = texts.map((text, index) => ({ object: 'embedding', index, embedding: vectorOf(text) }));
    answer(response, 200, { object: 'list', model, data, usage: { prompt_tokens: 0, total_tokens: 0 } });
  });
  await new Promise((listening) => server.listen(0, address, listening));
  return { url: `http://${address}:${server.address().port}/v1`, key, asked: () => asked, stop: () => server.close() };
}

/** A word adds to one dimension; the vector has the length 1. */
function vectorOf(text) {
  const vector = new Array(DIMENSIONS).fill(0);
  for (const word of String(text)
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu) ?? ['']) {
    vector[createHash('sha256').update(word).digest().readUInt16BE(0) % DIMENSIONS] += 1;
  }
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

function answer(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
