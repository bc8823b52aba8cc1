import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A source file: its path from the root of the repository, with forward slashes, and its text. */
export type SourceFile = { path: string; text: string }

const SOURCE = /\.(ts|tsx|mjs)$/
const GENERATED = /next-env\.d\.ts$/

/** Every source file of the repository, committed or about to be. */
export function listSourceFiles(root: string): SourceFile[] {
  const git = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  if (git.status !== 0) throw new Error(`the files could not be listed: ${git.stderr || git.error?.message}`)
  const paths = git.stdout.split('\0').filter((path) => SOURCE.test(path) && !GENERATED.test(path) && existsSync(join(root, path)))
  return paths.map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
}

/** Tests and what only they use: they may reach further than the code they test. */
export function isTest(path: string): boolean {
  return (
    /(\.test|\.suite|\.fixture|\/test-kit)\.tsx?$/.test(path) ||
    /^(server\/test|console\/e2e)\//.test(path) ||
    /(^|\/)vitest\.config\.ts$/.test(path)
  )
}
