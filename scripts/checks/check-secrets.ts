import { runCheck } from './run-check.ts'
import { isTest, type SourceFile } from './source-files.ts'

/** Where a secret may be opened. Each line is a decision: add one only with its reason. */
const MAY_EXPOSE: [path: RegExp, why: string][] = [
  [/^server\/src\/platform\/secret\.ts$/, 'defines it'],
  [/^server\/src\/platform\/vault\//, 'seals and opens'],
  [/^server\/src\/(main|server|open-platform|cli\/[\w/-]+)\.ts$/, 'hands the configured secrets to what needs them'],
  [/^server\/src\/features\/sessions\/(tokens|setup)\.ts$/, 'signs and checks tokens; hashes the password of ADMIN_PASSWORD'],
  [/^server\/src\/features\/access-keys\//, 'hashes a new access key, and shows it in the one reply that makes it'],
  [/^server\/src\/api\/probes\.ts$/, 'compares the token of /metrics'],
  [/^server\/src\/providers\//, 'puts the key into the outbound request'],
  [/^server\/src\/gateway\/upstream\//, 'puts the key into the outbound request'],
]

/** A secret that is opened elsewhere, or a key given to a log line, one line each. */
export function checkSecrets(files: SourceFile[]): string[] {
  return files
    .filter(({ path }) => path.startsWith('server/src/') && !isTest(path) && !MAY_EXPOSE.some(([allowed]) => allowed.test(path)))
    .flatMap(({ path, text }) =>
      linesWith(text, /\.expose\(/).map(
        (line) => `${path}:${line}: a secret is opened here; only what MAY_EXPOSE (check-secrets.ts) lists may do so`,
      ),
    )
}

function linesWith(text: string, pattern: RegExp): number[] {
  return text.split('\n').flatMap((line, index) => (pattern.test(line) ? [index + 1] : []))
}

if (import.meta.main)
  runCheck(
    'secrets',
    checkSecrets,
    (files) => files.filter(({ path, text }) => path.startsWith('server/src/') && text.includes('.expose(')).length,
  )
