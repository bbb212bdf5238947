// Runs named checks one after the other and counts them.
const failed = [];
let passed = 0;

export async function check(name, run) {
  const begin = Date.now();
  try {
    const remark = await run();
    passed += 1;
    console.log(`ok   ${name} (${Date.now() - begin} ms)${remark ? `: ${remark}` : ''}`);
  } catch (error) {
    failed.push(name);
    console.log(`FAIL ${name}: ${error?.stack ?? error}`);
  }
}

export function finish() {
  console.log(`${passed} passed, ${failed.length} failed`);
  process.exitCode = failed.length === 0 ? 0 : 1;
}
