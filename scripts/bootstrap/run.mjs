import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { delimiter, dirname, join } from 'node:path'

/**
 * Runs a program as if it were this process: same terminal, signals handed on, same exit code or signal at the end.
 * @param {string} program
 * @param {string[]} args
 * @param {string} root folder to run in
 */
export async function runInPlace(program, args, root) {
  const path = [dirname(program), join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter)
  const child = spawn(program, args, { cwd: root, stdio: 'inherit', env: { ...process.env, PATH: path } })
  const signals = process.platform === 'win32' ? ['SIGINT'] : ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2']
  const handOn = (signal) => child.kill(signal)
  for (const signal of signals) process.on(signal, handOn)
  const [code, signal] = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (exitCode, exitSignal) => resolve([exitCode, exitSignal]))
  })
  for (const name of signals) process.off(name, handOn)
  if (signal === null) process.exit(code)
  process.kill(process.pid, signal)
  // Some signals do not end a Node process at once or at all: then the shell's number for them.
  setTimeout(() => process.exit(128 + (constants.signals[signal] ?? 0)), 1000)
}
