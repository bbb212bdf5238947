// What happens on a full disk: of the workspaces, and of the embedded database.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { ask, begin, runsCommand, script, startService, until } from './programs.mjs';
import { limitedFiles, smallDisk } from './small-disk.mjs';
import { check } from './suite.mjs';

const write = (path) => ({ tools: [{ name: 'write', input: { file_path: path, content: 'x'.repeat(20_000) } }] });
const bash = (command) => ({ tools: [{ name: 'bash', input: { command } }] });
/** What no compression makes smaller, in a question of its own. */
const large = () => `Remember ${randomBytes(60_000).toString('base64')}`;

/** @param shared environment of the services @param fake the Messages API */
export async function checkFullDisks(shared, fake) {
  await check(
    'a full disk of the workspaces: the agent is told, the chat goes on, and writes again later',
    async () => {
      const disk = smallDisk(8);
      const service = await startService({ ...shared, WORKSPACES_PATH: disk.folder });
      const first = script(write('before.txt'), { text: 'Written.' });
      assert.match((await ask(service, 'ada', 'full', [first])).text, /Wrote 20000 bytes/);
      disk.fill(service);
      const second = script(write('full.txt'), bash('head -c 20000 /dev/zero > too-much; echo status $?'), {
        text: 'Told.',
      });
      const told = await ask(service, 'ada', 'full', [first, 'Written.', second]);
      assert.match(told.text, /full.txt cannot be written: (the disk is full|it would be too large)/);
      if (disk.holdsCommands) assert.match(told.text, /No space left on device/);
      assert.match(told.text, /Told\.$/);
      const anew = await begin(service, 'ada', 'new on a full disk', script({ text: 'Hello.' }));
      if (anew.status !== 200) {
        assert.equal(anew.status, 503, anew.text);
        assert.match(JSON.parse(anew.text).error.message, /disk .*full/);
      }
      disk.free(service);
      const third = script(write('after.txt'), bash('ls'), { text: 'Written again.' });
      const after = await ask(service, 'ada', 'full', [first, 'Written.', second, 'Told.', third]);
      assert.match(after.text, /before\.txt/);
      assert.match(after.text, /after\.txt/);
      assert.match(await lastRequest(fake), /Told\./);
      await ask(service, 'ada', 'new on a full disk', [script({ text: 'Hello.' })]);
      service.kill('SIGTERM');
      assert.equal(await service.ended, 0);
      return disk.what;
    },
  );

  const [small, limited] = [smallDisk(112), limitedFiles()];
  if (!small.holdsCommands) console.log('left out: the embedded database on a full tmpfs: this user may not mount');
  for (const disk of small.holdsCommands ? [small, limited] : [limited]) {
    await check(`the embedded database, ${disk.what}: 503, no answered turn is lost, and it goes on by itself`, () =>
      fullDatabase(disk, shared, fake),
    );
  }
}

const lastRequest = async (fake) => JSON.stringify((await fake.requests()).at(-1).body.messages);

async function fullDatabase(disk, shared, fake) {
  const env = { ...shared, DATABASE_URL: '', DATA_PATH: disk.folder };
  const service = await startService(env);
  const said = [];
  const answered = async (replica, question) => {
    const { text } = await ask(replica, 'ada', 'full', [...said, question]);
    said.push(question, text);
  };
  await answered(service, 'first');
  disk.fill(service);
  // What the database has set aside is used up first.
  let refused;
  for (let count = 0; count < 400 && !refused; count++)
    refused = await answered(service, large()).catch((error) => error);
  assert.equal(refused?.status, 503, `${refused}`);
  assert.equal(refused.code, 'store_unavailable');
  assert.equal(await service.status('/health'), 200);
  const turns = said.length / 2;
  disk.free(service);
  const waited = await until('it takes turns again', () => answered(service, 'after').then(() => true));
  // A turn that runs when the disk fills up waits for it.
  const running = begin(
    service,
    'bob',
    'runs',
    script({ text: 'First. ', ...bash('sleep 2.75') }, { text: `Second. ${large()}`, pieceLength: 50_000 }),
  );
  await until('the tool runs', () => runsCommand('2.75'));
  disk.fill(service);
  const takes = (chat) =>
    begin(service, 'eve', chat, large(), AbortSignal.timeout(2000)).then(
      ({ status }) => status === 200,
      () => false,
    );
  for (let count = 0; count < 400 && (await takes(`${count}`)); count++);
  assert.equal(await Promise.race([running, setTimeout(4000, 'it waits')]), 'it waits');
  disk.free(service);
  const { text } = await running;
  assert.match(text, /Second\./);
  assert.match(text, /\[DONE\]/);
  service.kill('SIGKILL');
  await service.ended;
  const next = await startService(env);
  await answered(next, 'last');
  const messages = await lastRequest(fake);
  for (const [index, text] of said.slice(0, -1).entries()) {
    if (index % 2 === 0) assert.ok(messages.includes(text.slice(0, 60)), `turn ${index / 2} is lost`);
  }
  next.kill('SIGTERM');
  assert.equal(await next.ended, 0);
  return `full after ${turns} turns, in order ${waited} ms after there was room again`;
}
