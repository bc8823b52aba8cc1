import { expect, test } from 'vitest'
import { checkImports } from './check-imports.ts'
import { checkLock } from './check-lock.ts'
import { checkSecrets } from './check-secrets.ts'
import { checkSizes } from './check-sizes.ts'
import { scanImports } from './import-scan.ts'

/** The problems that one file with one import raises. */
function importing(path: string, name: string): string[] {
  return checkImports([{ path, text: `import { one } from '${name}'\n` }])
}

test.each([
  ['contract/keys.ts', 'node:fs'],
  ['console/app/page.tsx', '../../server/src/platform/db.ts'],
  ['console/e2e/keys.test.ts', '../../server/src/platform/db.ts'],
  ['server/src/main.ts', '../../simulator/src/simulator.ts'],
  ['simulator/src/openai.ts', 'fastify'],
  ['simulator/src/openai.ts', '@llm-manager/contract/errors.ts'],
  ['server/src/api/app.ts', '../gateway/serve.ts'],
  ['server/src/gateway/serve.ts', '../api/app.ts'],
  ['server/src/worker/jobs.ts', '../gateway/serve.ts'],
  ['server/src/features/users/users.ts', 'fastify'],
  ['server/src/features/users/users.ts', '@fastify/helmet'],
  ['server/src/features/users/users.ts', '../../api/app.ts'],
  ['server/src/providers/openai.ts', 'pg'],
  ['server/src/providers/vendors/openai.ts', '../../platform/db.ts'],
  ['server/src/providers/openai.ts', '../features/users/users.ts'],
  ['server/src/platform/db.ts', '../features/users/users.table.ts'],
  ['server/src/features/agents/agents.ts', '../users/users.store.ts'],
  ['server/src/features/users/users.ts', '../agents/agents.ts'],
])('%s may not import %s', (path, name) => {
  expect(importing(path, name)).toHaveLength(1)
})

test.each([
  ['contract/keys.ts', 'zod/mini'],
  ['console/app/page.tsx', '@llm-manager/contract/errors.ts'],
  ['server/src/features/agents/agents.ts', '../users/users.ts'],
  ['server/src/features/agents/links/agent-key.ts', '../agents.store.ts'],
  ['server/src/features/users/users.test.ts', '../agents/agents.store.ts'],
  ['server/test/harness.ts', '../../simulator/src/simulator.ts'],
])('%s may import %s', (path, name) => {
  expect(importing(path, name)).toEqual([])
})

test('imports of every form are seen', () => {
  const text = `import one from './a.ts'
import type {
  Two,
} from './b.ts'
export * from './c.ts'
import './d.ts'
const five = await import('./e.ts')
import { six } from '@llm-manager/contract/f.ts'
import seven from '#lib/g.ts'
`
  const seen = scanImports([{ path: 'console/x.ts', text }]).map(({ to }) => to)
  expect(seen.sort()).toEqual([
    'console/a.ts',
    'console/b.ts',
    'console/c.ts',
    'console/d.ts',
    'console/e.ts',
    'console/lib/g.ts',
    'contract/f.ts',
  ])
})

test('an index file is refused, and so is a feature without a place in the order', () => {
  expect(checkImports([{ path: 'server/src/features/users/index.ts', text: '' }])).toHaveLength(1)
  expect(checkImports([{ path: 'server/src/features/moon-phases/moon.ts', text: '' }])).toHaveLength(1)
})

test('a file of 401 lines is too long, a test may have 600, a folder 12 files', () => {
  const lines = (count: number): string => 'x\n'.repeat(count)
  expect(checkSizes([{ path: 'server/a.ts', text: lines(400) }])).toEqual([])
  expect(checkSizes([{ path: 'server/a.ts', text: lines(401) }])).toEqual(['server/a.ts: 401 lines, at most 400'])
  expect(checkSizes([{ path: 'server/a.test.ts', text: lines(600) }])).toEqual([])
  expect(checkSizes([{ path: 'server/a.test.ts', text: lines(601) }])).toHaveLength(1)
  const folder = (count: number) => Array.from({ length: count }, (_, index) => ({ path: `server/few/${index}.ts`, text: '' }))
  expect(checkSizes([...folder(12), { path: 'server/few/a.test.ts', text: '' }])).toEqual([])
  expect(checkSizes(folder(13))).toEqual(['server/few: 13 files, at most 12'])
})

test('a secret opened in a feature is told with its line, in a provider it is not', () => {
  const text = 'const key = secret\nsend(key.expose())\n'
  expect(checkSecrets([{ path: 'server/src/features/users/users.ts', text }])[0]).toContain('server/src/features/users/users.ts:2')
  expect(checkSecrets([{ path: 'server/src/providers/vendors/openai.ts', text }])).toEqual([])
})

test('a lock that lacks the part of another system is told', () => {
  const lock = { packages: { 'node_modules/fast': { version: '1.0.0', optionalDependencies: { '@fast/darwin-arm64': '1.0.0' } } } }
  expect(checkLock(lock)).toHaveLength(1)
  expect(checkLock({ packages: { ...lock.packages, 'node_modules/@fast/darwin-arm64': { version: '1.0.0' } } })).toEqual([])
})
