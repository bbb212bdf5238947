module.exports = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts', '<rootDir>/services/*/test/**/*.test.ts'],
  transform: {
    '^.+\\.(ts|js|mjs)$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
  },
  // These come as ES modules only, which jest cannot require.
  transformIgnorePatterns: ['/node_modules/(?!(jose|@modelcontextprotocol|pkce-challenge|eventsource-parser)/)'],
  // The examples import the library as other projects do.
  moduleNameMapper: { '^cdk8s-open-webui$': '<rootDir>/constructs' },
  reporters: ['default', '<rootDir>/test/closing-line-reporter.js'],
  snapshotResolver: '<rootDir>/test/snapshot-resolver.js',
  modulePathIgnorePatterns: ['<rootDir>/lib/', '<rootDir>/.build/'],
};
