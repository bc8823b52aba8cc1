import { join } from 'node:path'
import { listSourceFiles, type SourceFile } from './source-files.ts'

/**
 * Runs a check over the whole repository, prints what is wrong, and sets the exit code. A check that saw nothing to
 * look at has failed, since then it proves nothing.
 * @param check answers the problems, one line each
 * @param seen how many things it looked at
 */
export function runCheck(name: string, check: (files: SourceFile[]) => string[], seen: (files: SourceFile[]) => number): void {
  const files = listSourceFiles(join(import.meta.dirname, '..', '..'))
  const count = seen(files)
  const problems = count === 0 ? ['nothing was found to look at'] : check(files)
  for (const problem of problems) console.error(problem)
  console.log(`${name}: ${count} looked at, ${problems.length} wrong`)
  if (problems.length > 0) process.exitCode = 1
}
