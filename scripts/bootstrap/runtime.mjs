import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The Node that runs everything: the one among the dependencies, else the running one if it is new enough.
 * @param {string} root
 * @returns {string} path of its program
 */
export function findRuntime(root) {
  const system = process.platform === 'win32' ? 'win' : process.platform
  const program = process.platform === 'win32' ? 'node.exe' : 'node'
  const bundled = join(root, 'node_modules', `node-${system}-${process.arch}`, 'bin', program)
  if (existsSync(bundled) && spawnSync(bundled, ['--version'], { stdio: 'ignore' }).status === 0) return bundled
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath
  throw new Error(
    `Node 24 or later is needed; this is ${process.version}, and none comes with the dependencies for ${process.platform} ${process.arch}. Install Node 24 and run the same command again.`,
  )
}
