import { defineConfig } from 'vitest/config'

/** The console in Chromium against the real server and the simulated providers. `CHROMIUM_PATH` names the browser. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['**/*.test.ts'],
    globalSetup: ['support/global-setup.ts'],
    pool: 'forks',
    maxWorkers: 1,
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 180_000,
  },
})
