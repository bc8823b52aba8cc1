const CAUSES: [pattern: RegExp, explain: (folder: string) => string][] = [
  [/No space left on device|Disk quota exceeded/i, (folder) => `the disk that holds ${folder} is full; make room and start again`],
  [/database files are incompatible/i, (folder) => `the database in ${folder} was written by another version or processor type`],
  [/Read-only file system/i, (folder) => `the disk that holds ${folder} is read-only`],
  [/Cannot allocate memory|could not map anonymous shared memory/i, () => 'the system has too little memory left'],
  [/could not create any Unix-domain sockets|could not bind|Address already in use/i, () => 'its address is taken by another process'],
  [/wrong ownership|Permission denied/i, (folder) => `files in ${folder} belong to another user or may not be read`],
  [
    /could not locate a valid checkpoint record|invalid checkpoint record|PANIC/i,
    (folder) => `the database in ${folder} is damaged; restore a backup`,
  ],
]

/** Processes of a killed PostgreSQL still hold its memory; they end by themselves within a second or two. */
export const LINGERING = /pre-existing shared memory block|lock file ".*postmaster\.pid" already exists/

/** The cause in words, found in what PostgreSQL wrote; null when no known cause is there. */
export function explainOutput(output: string, folder: string): string | null {
  return CAUSES.find(([pattern]) => pattern.test(output))?.[1](folder) ?? null
}

/** An error that names the cause and carries the last lines of PostgreSQL's own words. */
export function postgresFailure(what: string, output: string, folder: string): Error {
  const cause = explainOutput(output, folder)
  const tail = output.trim().split('\n').slice(-12).join('\n')
  return new Error(`${what}: ${cause ?? 'see its last words below'}${tail === '' ? '' : `\n${tail}`}`)
}
