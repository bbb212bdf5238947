module.exports = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } } }] },
  reporters: ['default', '<rootDir>/test/closing-line-reporter.js'],
  snapshotResolver: '<rootDir>/test/snapshot-resolver.js',
  modulePathIgnorePatterns: ['<rootDir>/lib/', '<rootDir>/.build/'],
};
