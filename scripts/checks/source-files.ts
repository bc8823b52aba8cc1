import { spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A source file: its path from the root of the repository, with forward slashes, and its text. */
export type SourceFile = { path: string; text: string }

const SOURCE = /\.(ts|tsx|mjs)$/
const GENERATED = /next-env\.d\.ts$/

/** Every source file of the repository, committed or about to be; where git does not tell, every one that lies there. */
export function listSourceFiles(root: string): SourceFile[] {
  const paths = (askGit(root) ?? askDisk(root)).filter((path) => SOURCE.test(path) && !GENERATED.test(path))
  return paths.flatMap((path) => (existsSync(join(root, path)) ? [{ path, text: readFileSync(join(root, path), 'utf8') }] : []))
}

function askGit(root: string): string[] | null {
  const args = ['-c', 'safe.directory=*', 'ls-files', '--cached', '--others', '--exclude-standard', '-z']
  const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
  return status === 0 ? stdout.split('\0') : null
}

function askDisk(root: string): string[] {
  return globSync('**/*', { cwd: root, exclude: (path) => /(^|\/)(node_modules|\.next|\.cache)$/.test(path) }).map((path) =>
    path.replaceAll('\\', '/'),
  )
}

/** Tests and what only they use: they may reach further than the code they test. */
export function isTest(path: string): boolean {
  return (
    /(\.test|\.suite|\.fixture|\/test-kit)\.tsx?$/.test(path) ||
    /^(server\/test|console\/e2e)\//.test(path) ||
    /(^|\/)vitest\.config\.ts$/.test(path)
  )
}
