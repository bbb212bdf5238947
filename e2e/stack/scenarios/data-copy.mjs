// Phase 2 beside phase 1: the rendered jobs carry the data over, while phase 1 serves. As docs/move-to-phase-2.md says.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { chatsOf, chatText, whoAmI } from '../administration.mjs';
import { startBrowser } from '../browser.mjs';
import { installed } from '../images.mjs';
import { ADMIN } from '../people.mjs';
import { runJob, startPod } from '../pods.mjs';
import { nameThatBegins, podTemplate } from '../rendered.mjs';
import { startStack, startWebUi } from '../stack.mjs';
import { signInWithProvider } from '../webui.mjs';

export const title = 'the copy into a namespace of its own';
export const needs = ['rollback'];

const NEW = 'openwebui-prod';
const OLD = 'openwebui';

export async function run({ stack: phaseOne, check, shared, folder, pictures, log }) {
  let parallel;
  await check('phase2-parallel starts beside phase 1, without Open WebUI', async () => {
    parallel = await startStack('phase2-parallel', { folder, state: join(folder, 'state/kind'), replicas: 0, log });
  });
  if (!parallel) return;
  const { cluster, rendered } = parallel;
  const job = (namespace, start) => ({
    kind: 'Job',
    namespace,
    name: nameThatBegins(rendered, 'Job', start, namespace),
  });
  try {
    let counted;
    await check('the export makes its archive of the volume that phase 1 uses', async () => {
      const pod = await startPod(cluster, job(OLD, 'data-export'));
      shared.exporting = pod.program('export');
      [counted] = /\d+ x user.*?(?=\))/.exec(shared.exporting.output()) ?? [];
      assert.ok(counted, `it counts people and chats: ${shared.exporting.output()}`);
      log(`the export counts ${counted}`);
    });
    await check('the import fills the new volume, and both jobs end well', async () => {
      const outputs = await runJob(cluster, job(NEW, 'data-import'));
      log(outputs.import.trim().split('\n').at(-1));
      assert.equal(await shared.exporting.ended, 0);
    });
    await check('the new release starts on it', () => startWebUi(parallel, 1, log));
    await check('the check finds what was counted', async () => {
      const wanted = job(NEW, 'data-check');
      const object = rendered.objects.find(({ kind, metadata }) => kind === 'Job' && metadata.name === wanted.name);
      podTemplate(object).metadata.annotations['cdk8s-open-webui/expected'] = counted;
      const { check: output } = await runJob(cluster, wanted);
      assert.match(output, /nothing of .* is missing/);
    });
    await check('the check fails when more was counted than is there', async () => {
      const wanted = job(NEW, 'data-check');
      const object = rendered.objects.find(({ kind, metadata }) => kind === 'Job' && metadata.name === wanted.name);
      podTemplate(object).metadata.annotations['cdk8s-open-webui/expected'] = '999 x chat';
      await assert.rejects(runJob(cluster, wanted), /less than expected/);
    });
    await look({ parallel, check, shared, pictures });
    await check('phase 1 served all the time', async () => {
      assert.equal(await phaseOne.pods[0].problem('open-webui', 'readiness'), undefined);
    });
  } finally {
    await parallel.stop();
  }
}

async function look({ parallel, check, shared, pictures }) {
  const { edge, identity } = parallel;
  const home = installed('install-browser.sh');
  const browser = await startBrowser({ home, rules: [edge.resolverRule], pictures: join(pictures, 'parallel') });
  try {
    const admin = await browser.person('admin');
    await check(
      'the owner signs in and has every chat',
      async () => {
        await signInWithProvider(admin, { url: edge.url, email: ADMIN, password: identity.passwordOf(ADMIN) });
        assert.equal((await whoAmI(admin)).role, 'admin');
        assert.equal((await chatsOf(admin)).length, shared.chatsBeforeCopy);
        assert.match(await chatText(admin, shared.phaseOneChat), /heron of phase one/);
        await admin.page.goto(`${edge.url}/c/${shared.phaseTwoChat}`);
        await admin.page.getByText('otter of phase two').first().waitFor();
        await admin.picture('copied-chat');
      },
      admin,
    );
  } finally {
    await browser.stop();
  }
}
