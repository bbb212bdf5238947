// Snapshots live in one folder at the top, mirroring test/.
const path = require('node:path');
const root = path.join(__dirname, '..');
const snapshots = path.join(root, '__snapshots__');

module.exports = {
  resolveSnapshotPath: (test, extension) => path.join(snapshots, path.relative(__dirname, test)) + extension,
  resolveTestPath: (snapshot, extension) =>
    path.join(__dirname, path.relative(snapshots, snapshot).slice(0, -extension.length)),
  testPathForConsistencyCheck: path.join(__dirname, 'platform', 'example.test.ts'),
};
