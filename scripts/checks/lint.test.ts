import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..', '..')
let found: string[] = []
let folder = ''

/** One file for each rule that holds the architecture, each of which must be caught. */
const BREACHES: Record<string, string> = {
  'server/src/any.ts': 'export const a: any = 1',
  'server/src/environment.ts': "export const a = process.env['HOME']",
  'server/src/printing.ts': "console.log('a')\nexport const a = 1",
  'server/src/default.ts': 'export default 1',
  'server/src/left.ts': "import { right } from './right.ts'\nexport const left = () => right",
  'server/src/right.ts': "import { left } from './left.ts'\nexport const right = () => left",
  'server/src/floating.ts': 'export function a() {\n  Promise.reject(new Error())\n}',
  'server/src/ignoring.ts': '// @ts-ignore\nexport const a: number = 1',
  'server/src/long.ts': `export function a(b: number) {\n${'  b += 1\n'.repeat(61)}  return b\n}`,
  'server/src/CamelCase.ts': 'export const a = 1',
  'scripts/printing.ts': "console.log(process.env['HOME'])",
}

beforeAll(() => {
  folder = mkdtempSync(join(root, '.cache-lint-'))
  for (const [path, text] of Object.entries(BREACHES)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), `${text}\n`)
  }
  for (const file of ['.oxlintrc.json', 'tsconfig.json', 'package.json']) cpSync(join(root, file), join(folder, file))
  const { stdout } = spawnSync(process.execPath, [join(root, 'node_modules/oxlint/bin/oxlint'), '-f', 'json', '--no-ignore', '.'], {
    cwd: folder,
    encoding: 'utf8',
  })
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string; filename: string }[] }
  found = diagnostics.map(({ code, filename }) => `${filename} ${code}`)
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test.each([
  ['server/src/any.ts', 'typescript(no-explicit-any)'],
  ['server/src/environment.ts', 'node(no-process-env)'],
  ['server/src/printing.ts', 'eslint(no-console)'],
  ['server/src/default.ts', 'import(no-default-export)'],
  ['server/src/left.ts', 'import(no-cycle)'],
  ['server/src/floating.ts', 'typescript(no-floating-promises)'],
  ['server/src/ignoring.ts', 'typescript(ban-ts-comment)'],
  ['server/src/long.ts', 'eslint(max-lines-per-function)'],
  ['server/src/CamelCase.ts', 'unicorn(filename-case)'],
])('%s is caught by %s', (path, code) => {
  expect(found).toContain(`${path} ${code}`)
})

test('a script may print and read the environment', () => {
  expect(found.filter((line) => line.startsWith('scripts/'))).toEqual([])
})
