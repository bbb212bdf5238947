import { VERSION } from '../constructs/version';
import manifest from '../package.json';

test('the images are tagged with the version of the package', () => {
  expect(VERSION).toBe(manifest.version);
});
