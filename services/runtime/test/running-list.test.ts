import * as fc from 'fast-check';
import { type Running, RunningList } from '../running-list';

it('holds what was added and not removed, whatever the order', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat(50), { nil: undefined }), { maxLength: 200 }), (steps) => {
      const list = new RunningList<number>();
      const expected = new Set<number>();
      const entries: Running<number>[] = [];
      for (const [step, removed] of steps.entries()) {
        const entry = removed === undefined ? undefined : entries[removed];
        if (entry) {
          list.remove(entry);
          expected.delete(entry.item);
        } else {
          entries.push(list.add(step));
          expected.add(step);
        }
        expect(list.size).toBe(expected.size);
      }
      expect(list.items().sort((a, b) => a - b)).toEqual([...expected]);
    }),
  );
});

it('an item may be removed while all are gone through, and twice', () => {
  const list = new RunningList<string>();
  const entries = ['a', 'b', 'c'].map((item) => list.add(item));
  const seen: string[] = [];
  for (const item of list.items()) {
    seen.push(item);
    for (const entry of entries) list.remove(entry);
  }
  expect(seen).toEqual(['a', 'b', 'c']);
  expect(list.size).toBe(0);
});
