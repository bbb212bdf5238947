// Snapshots live in one folder at the top: those of test/ mirror it, those of services/ lie under services/.
const path = require('node:path');
const root = path.join(__dirname, '..');
const snapshots = path.join(root, '__snapshots__');

const isService = (file) => file.startsWith(`services${path.sep}`);

module.exports = {
  resolveSnapshotPath: (test, extension) => {
    const fromRoot = path.relative(root, test);
    return path.join(snapshots, isService(fromRoot) ? fromRoot : path.relative(__dirname, test)) + extension;
  },
  resolveTestPath: (snapshot, extension) => {
    const test = path.relative(snapshots, snapshot).slice(0, -extension.length);
    return path.join(isService(test) ? root : __dirname, test);
  },
  testPathForConsistencyCheck: path.join(__dirname, 'platform', 'example.test.ts'),
};
