import * as crypto from 'node:crypto';
import fc from 'fast-check';
import { BearerKeys } from '../bearer-keys';
import { FileSecret, FixedSecret } from '../secret-source';
import { KubernetesFolder, until } from './kubernetes-folder';

jest.mock('node:crypto', () => {
  const real = jest.requireActual('node:crypto');
  return { ...real, timingSafeEqual: jest.fn(real.timingSafeEqual) };
});
const compare = jest.mocked(crypto.timingSafeEqual);

const keys = new BearerKeys(new FixedSecret('current-key'), new FixedSecret('previous-key'));

describe('bearer keys', () => {
  it.each(['Bearer current-key', 'Bearer previous-key', 'bearer current-key', 'BEARER current-key'])(
    'accept %s',
    (header) => expect(keys.accepts(header)).toBe(true),
  );

  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'Bearer  current-key',
    'Bearer current-key ',
    'Bearer current-ke',
    'Bearer current-keyy',
    'Bearer Current-key',
    'Bearer current-key, Bearer current-key',
    'Basic current-key',
    'current-key',
    'Bearercurrent-key',
    'Bearer undefined',
  ])('refuse %j', (header) => expect(keys.accepts(header)).toBe(false));

  it('refuse every other text (property)', () => {
    fc.assert(
      fc.property(fc.string(), (other) => {
        fc.pre(other !== 'current-key' && other !== 'previous-key');
        return !keys.accepts(`Bearer ${other}`) && !keys.accepts(other);
      }),
    );
  });

  it('compare digests of equal length with both keys, whatever is right or wrong', () => {
    for (const header of ['Bearer current-key', 'Bearer previous-key', 'Bearer x', `Bearer ${'y'.repeat(900)}`]) {
      compare.mockClear();
      keys.accepts(header);
      expect(compare.mock.calls.map(([a, b]) => [a.byteLength, b.byteLength])).toEqual([
        [32, 32],
        [32, 32],
      ]);
    }
  });

  it('do as much work without a previous key, and an absent one is no key', () => {
    const alone = new BearerKeys(new FixedSecret('current-key'));
    compare.mockClear();
    expect(alone.accepts('Bearer ')).toBe(false);
    expect(alone.accepts('Bearer undefined')).toBe(false);
    expect(compare).toHaveBeenCalledTimes(4);
  });

  it('do not hash what is longer than any key', () => {
    compare.mockClear();
    expect(keys.accepts(`Bearer ${'x'.repeat(100_000)}`)).toBe(false);
    expect(compare).not.toHaveBeenCalled();
  });

  it('follow a rotation on disk: both, then only the new one', async () => {
    const folder = new KubernetesFolder({ KEY: 'one' });
    const current = new FileSecret(`${folder.path}/KEY`, { keepLast: true });
    const previous = new FileSecret(`${folder.path}/KEY_PREVIOUS`);
    const rotated = new BearerKeys(current, previous);
    const accepted = () => ['one', 'two', 'three'].filter((key) => rotated.accepts(`Bearer ${key}`)).join();
    expect(accepted()).toBe('one');
    folder.swap({ KEY: 'two', KEY_PREVIOUS: 'one' });
    await until(() => accepted() === 'one,two');
    folder.swap({ KEY: 'two' });
    await until(() => accepted() === 'two');
    folder.swap({ KEY: 'three', KEY_PREVIOUS: 'two' });
    await until(() => accepted() === 'two,three');
    current.close();
    previous.close();
    folder.remove();
  });
});
