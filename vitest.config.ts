import { defineConfig } from 'vitest/config'

/** Unit and integration suites of everything but the console's browser tests; one database per worker (server/test/harness.ts). */
export default defineConfig({
  test: {
    globalSetup: ['server/test/global-setup.ts'],
    include: ['contract/**/*.test.ts', 'server/**/*.test.ts', 'simulator/**/*.test.ts', 'scripts/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    coverage: {
      provider: 'v8',
      include: ['contract/**/*.ts', 'server/src/**/*.ts', 'simulator/**/*.ts'],
      exclude: ['**/*.test.ts'],
      reporter: ['text-summary', 'json-summary'],
    },
  },
})
