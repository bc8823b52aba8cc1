import { closeSync, copyFileSync, openSync, readSync, fstatSync, statSync, truncateSync } from 'node:fs'

const MAX_BYTES = 5_000_000
const CHECK_MS = 60_000

/**
 * Keeps a log file below about 5 MB: the older part moves to `<path>.1`. The writer appends, so emptying the file
 * under it is safe.
 * @returns the function that ends the watch
 */
export function boundLog(path: string): () => void {
  const trim = (): void => {
    const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
    if (size < MAX_BYTES) return
    copyFileSync(path, `${path}.1`)
    truncateSync(path)
  }
  trim()
  const timer = setInterval(trim, CHECK_MS)
  timer.unref()
  return () => clearInterval(timer)
}

/** Size of the log now, in bytes: where the lines of the next start begin. */
export function markLog(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

/** What was written after `mark`, at most the last 8 kB. */
export function readLogSince(path: string, mark: number): string {
  const file = openSync(path, 'r')
  try {
    const size = fstatSync(file).size
    const from = Math.max(mark, size - 8_192)
    const bytes = Buffer.alloc(Math.max(0, size - from))
    readSync(file, bytes, 0, bytes.length, from)
    return bytes.toString('utf8')
  } finally {
    closeSync(file)
  }
}
