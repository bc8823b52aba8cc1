import { defineConfig } from 'vitest/config'

/** Clones the repository, installs from nothing and starts it: once, after everything else. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.suite.ts'],
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 900_000,
    hookTimeout: 60_000,
  },
})
