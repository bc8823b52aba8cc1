import { globSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { locales } from '../i18n/routing.ts'
import { keysUsedIn } from './message-usage.ts'

type Tree = { [key: string]: string | Tree }

const root = new URL('..', import.meta.url).pathname
const catalogues = Object.fromEntries(
  locales.map((locale) => [locale, flatten(JSON.parse(readFileSync(`${root}messages/${locale}.json`, 'utf8')) as Tree)]),
)
const written = catalogues['pt-BR'] ?? new Map<string, string>()
const sources = globSync('{app,lib,ui,i18n}/**/*.{ts,tsx}', { cwd: root }).filter((file) => !file.includes('.test.'))
const used = keysUsedIn(sources.map((file) => ({ file, text: readFileSync(root + file, 'utf8') })))

describe.each(['en', 'es'])('%s', (locale) => {
  const other = catalogues[locale] ?? new Map<string, string>()

  test('says everything that Portuguese says, and nothing else', () => {
    expect([...other.keys()].toSorted()).toEqual([...written.keys()].toSorted())
  })

  test('fills in the same values and marks the same words', () => {
    const holesOf = (text: string | undefined) =>
      [...new Set([...(text ?? '').matchAll(/\{(\w+)\s*[,}]|<(\w+)>/g)].map(([, value, tag]) => value ?? `<${tag}>`))].toSorted()
    for (const [key, text] of written) expect([key, holesOf(other.get(key))]).toEqual([key, holesOf(text)])
  })
})

test('nothing is left blank', () => {
  for (const [locale, catalogue] of Object.entries(catalogues))
    for (const [key, text] of catalogue) expect([locale, key, text.trim()]).not.toEqual([locale, key, ''])
})

test('every key that the console asks for is written', () => {
  expect(used.length).toBeGreaterThan(100)
  expect(
    used.filter(({ pattern }) => ![...written.keys()].some((key) => pattern.test(key))).map(({ key, file }) => `${file}: ${key}`),
  ).toEqual([])
})

test('every key that is written is asked for', () => {
  expect([...written.keys()].filter((key) => !used.some(({ pattern }) => pattern.test(key)))).toEqual([])
})

function flatten(tree: Tree, path = ''): Map<string, string> {
  return new Map(
    Object.entries(tree).flatMap(([key, value]) =>
      typeof value === 'string' ? [[path + key, value] as const] : [...flatten(value, `${path}${key}.`)],
    ),
  )
}
