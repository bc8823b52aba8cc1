import { posix } from 'node:path'
import { runCheck } from './run-check.ts'
import { isTest, type SourceFile } from './source-files.ts'

const MAX_LINES = 400
const MAX_TEST_LINES = 600
const MAX_FILES = 12

/** Folders that are one flat list by design, and why. */
const FLAT = new Map([['contract', 'one file for each noun']])

/** Files that are too long and folders that hold too many, one line each. The length of functions is held by the linter. */
export function checkSizes(files: SourceFile[]): string[] {
  const long = files.flatMap(({ path, text }) => {
    const lines = text.split('\n').length - 1
    const limit = isTest(path) ? MAX_TEST_LINES : MAX_LINES
    return lines > limit ? [`${path}: ${lines} lines, at most ${limit}`] : []
  })
  const folders = Map.groupBy(
    files.filter(({ path }) => !isTest(path)),
    ({ path }) => posix.dirname(path),
  )
  const full = [...folders].flatMap(([folder, inside]) =>
    inside.length > MAX_FILES && !FLAT.has(folder) ? [`${folder}: ${inside.length} files, at most ${MAX_FILES}`] : [],
  )
  return [...long, ...full]
}

if (import.meta.main) runCheck('sizes', checkSizes, (files) => files.length)
