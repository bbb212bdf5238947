// Counts what holds and what does not, and closes with `N passed, N failed`.
let passed = 0;
let failed = 0;

/** Runs one check. It fails by throwing; what it answers with is added to its line. */
export async function check(title, action) {
  const start = Date.now();
  try {
    const note = await action();
    passed++;
    console.log(`ok   ${title}${note ? `: ${note}` : ''} (${Date.now() - start} ms)`);
    return true;
  } catch (error) {
    failed++;
    console.log(`FAIL ${title}\n${String(error.message).replace(/^/gm, '     ')}`);
    return false;
  }
}

/** Says in one line that a part cannot be had on this machine. */
export function leaveOut(what) {
  console.log(`LEFT OUT ${what}`);
}

export function close() {
  console.log(`\n${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
}

export function expect(holds, sentence) {
  if (!holds) throw new Error(sentence);
}
