import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

const BEAT_MS = 2_000
const SILENT_MS = 30_000
const POLL_MS = 300

/**
 * Waits until no other process installs into this folder, then holds it.
 * @param {string} path the lock file
 * @param {(line: string) => void} say
 * @returns {Promise<() => void>} gives it back
 */
export async function lockInstall(path, say) {
  mkdirSync(dirname(path), { recursive: true })
  let told = false
  while (!tryCreate(path)) {
    const pid = readHolder(path)
    if (isStale(path, pid)) {
      rmSync(path, { force: true })
      continue
    }
    if (!told) say(`process ${pid ?? 'unknown'} is installing into this folder; waiting for it`)
    told = true
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
  const beat = setInterval(() => touch(path), BEAT_MS)
  return () => {
    clearInterval(beat)
    if (readHolder(path) === process.pid) rmSync(path, { force: true })
  }
}

function tryCreate(path) {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw new Error(`dependencies cannot be installed: ${error.message}`, { cause: error })
  }
}

function readHolder(path) {
  try {
    return Number(readFileSync(path, 'utf8')) || null
  } catch {
    return null
  }
}

function isStale(path, pid) {
  const silentMs = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0)
  if (pid === null) return silentMs > BEAT_MS
  return silentMs > SILENT_MS || !isRunning(pid)
}

function isRunning(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function touch(path) {
  try {
    utimesSync(path, new Date(), new Date())
  } catch {
    // Removed by hand; nothing to keep alive.
  }
}
