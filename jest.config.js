'use strict';

/** Shared by every project: swc strips types, nothing else is transformed. */
const shared = {
  testEnvironment: 'node',
  rootDir: __dirname,
  transform: { '^.+\\.[tj]s$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } }] },
  // The Kubernetes client is published as ES modules only; jest runs CommonJS.
  transformIgnorePatterns: ['/node_modules/(?!(@kubernetes/client-node|openid-client|oauth4webapi|jose)/)'],
  moduleNameMapper: { '^cdktf-ml-platform$': '<rootDir>/src/index.ts', '^cdktf-ml-platform/testing$': '<rootDir>/src/testing/index.ts' },
  modulePathIgnorePatterns: ['<rootDir>/lib/', '<rootDir>/cdktf.out/', '<rootDir>/.ml-platform/'],
};

module.exports = {
  maxWorkers: 2,
  workerIdleMemoryLimit: '700MB',
  projects: [
    { ...shared, displayName: 'unit', testMatch: ['<rootDir>/test/**/*.test.ts', '<rootDir>/examples/**/*.test.ts'], testPathIgnorePatterns: ['\\.engine\\.test\\.ts$', '/node_modules/'] },
    { ...shared, displayName: 'engine', testMatch: ['<rootDir>/test/**/*.engine.test.ts'] },
  ],
};
