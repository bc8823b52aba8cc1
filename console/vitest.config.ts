import { defineConfig } from 'vitest/config'

/** The console's own units; its pages are tested in a browser (e2e). */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['**/*.test.ts'],
    exclude: ['e2e/**', 'node_modules/**', '.next/**'],
    pool: 'forks',
    maxWorkers: 1,
    isolate: false,
  },
})
