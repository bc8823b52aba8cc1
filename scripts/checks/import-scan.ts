import { posix } from 'node:path'
import type { SourceFile } from './source-files.ts'

/** One import: `to` is a path of the repository, or `npm:<package>`, or `node:<module>`. */
export type Import = { from: string; to: string }

const FORMS = [
  /(?:^|\n)[ \t]*(?:import|export)\b[^'"`]*?\bfrom\s*['"]([^'"]+)['"]/g,
  /(?:^|\n)[ \t]*import\s*['"]([^'"]+)['"]/g,
  /\bimport\(\s*['"]([^'"]+)['"]/g,
]

/** Every import of the files: static, re-exported, for its effect, and dynamic with a fixed name. */
export function scanImports(files: SourceFile[]): Import[] {
  return files.flatMap(({ path, text }) =>
    FORMS.flatMap((form) => [...text.matchAll(form)].map((match) => ({ from: path, to: resolveName(path, match[1] ?? '') }))),
  )
}

function resolveName(from: string, name: string): string {
  if (name.startsWith('.')) return posix.join(posix.dirname(from), name)
  if (name.startsWith('node:')) return name
  if (name.startsWith('#')) return posix.join('console', name.slice(1))
  const [scope = '', second = '', ...rest] = name.split('/')
  if (scope === '@llm-manager') return posix.join(second, ...rest)
  return `npm:${name.startsWith('@') ? `${scope}/${second}` : scope}`
}
