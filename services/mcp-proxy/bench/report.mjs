// What the bench prints.
const verdicts = [];

const cell = (text, width) => String(text).padStart(width);

/** Prints one figure with its limit, and remembers whether it holds. */
export function judge(what, value, unit, holds, limit) {
  verdicts.push(holds);
  console.log(
    `${holds ? '  ok  ' : 'FAILED'} ${what.padEnd(62)} ${cell(value.toFixed(1), 9)} ${unit.padEnd(4)} (limit ${limit})`,
  );
}

export const note = (what, value, unit) =>
  console.log(`       ${what.padEnd(62)} ${cell(value.toFixed(1), 9)} ${unit}`);

/** The gateways beside each other, each also as a multiple of `ours`. */
export function table(results, ours) {
  console.log(
    `\n${'one tool call, same upstream'.padEnd(30)}${cell('CPU µs', 8)}${cell('times ours', 12)}${cell('calls/s', 9)}${cell('p50 ms', 9)}${cell('p99 ms', 9)}`,
  );
  for (const { name, micros, perSecond, p50, p99 } of results) {
    const times = (micros / ours.micros).toFixed(1);
    console.log(
      `${name.padEnd(30)}${cell(micros.toFixed(0), 8)}${cell(times, 12)}${cell(perSecond.toFixed(0), 9)}${cell(p50.toFixed(2), 9)}${cell(p99.toFixed(2), 9)}`,
    );
  }
  console.log();
}

/** The closing line; gives the exit code. */
export function conclude() {
  const failed = verdicts.filter((holds) => !holds).length;
  console.log(`${verdicts.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}
