import fs from 'node:fs'
import path from 'node:path'
import { tell } from './told.ts'

/**
 * Names everything that this process does to the file system below `dir`, like `remove 00000001.journal #1`, and makes it die by
 * SIGKILL at the step `dieAt`: `before` it, `after` it, or when `half` of a write is done. Without `dieAt` it lives, and tells
 * `step <name>` before each. The journal knows nothing of this: what it calls is replaced from outside.
 */
export function dieAtStep(dir: string, dieAt: string, when: string): void {
  const names = new Map<number, string>()
  const counts = new Map<string, number>()

  function isDue(name: string): boolean {
    const count = (counts.get(name) ?? 0) + 1
    counts.set(name, count)
    if (dieAt === '') tell(`step ${name} #${count}`)
    return dieAt === `${name} #${count}`
  }

  function around<T>(name: string, run: () => T): T {
    if (!isDue(name)) return run()
    if (when === 'before') die()
    const result = run()
    if (!(result instanceof Promise)) return die()
    return result.then(die, die) as T
  }

  const { openSync, writeSync, closeSync, ftruncateSync, fdatasync } = fs
  const { rm, rmdir, rename, mkdir, open } = fs.promises
  fs.openSync = ((file: string, ...rest: [string]) => {
    if (!file.startsWith(dir) || rest[0] === 'r') return openSync(file, ...rest)
    const fd = around(`create ${nameOf(file)}`, () => openSync(file, ...rest))
    names.set(fd, nameOf(file))
    return fd
  }) as typeof fs.openSync
  fs.writeSync = ((fd: number, data: Buffer, from: number, bytes: number, position: number) => {
    const name = names.get(fd)
    if (name === undefined) return writeSync(fd, data, from, bytes, position)
    const what = position === 0 ? 'header' : data[8] === 1 ? 'hold' : data[8] === 2 ? 'settlement' : 'zeros'
    const due = isDue(`write ${what} ${name}`)
    if (due && when === 'before') die()
    const written = writeSync(fd, data, from, due && when === 'half' ? bytes >> 1 : bytes, position)
    return due ? die() : written
  }) as typeof fs.writeSync
  fs.closeSync = (fd) => (names.has(fd) ? around(`close ${names.get(fd)}`, () => closeSync(fd)) : closeSync(fd))
  fs.ftruncateSync = (fd, bytes) => around(`truncate ${names.get(fd)}`, () => ftruncateSync(fd, bytes))
  fs.fdatasync = ((fd: number, done: fs.NoParamCallback) => {
    const due = isDue(`sync ${names.get(fd)}`)
    if (due && when === 'before') die()
    fdatasync(fd, due ? die : done)
  }) as typeof fs.fdatasync
  fs.promises.rm = (file, options) => around(`remove ${nameOf(String(file))}`, () => rm(file, options))
  fs.promises.rmdir = (file) => around(`remove ${nameOf(String(file))}`, () => rmdir(file))
  fs.promises.rename = (from, to) => around(`rename ${nameOf(String(from))}`, () => rename(from, to))
  fs.promises.mkdir = ((file: string, options: fs.MakeDirectoryOptions) =>
    around(`make ${nameOf(file)}`, () => mkdir(file, options))) as typeof fs.promises.mkdir
  fs.promises.open = (file, flags, mode) =>
    flags === 'r' && isFolder(String(file))
      ? around(`sync ${nameOf(String(file))}`, () => open(file, flags, mode))
      : open(file, flags, mode)
}

function isFolder(file: string): boolean {
  return fs.statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false
}

/** Names of folders hold ids that differ from run to run. */
function nameOf(file: string): string {
  const name = path.basename(file)
  return name.endsWith('.journal') ? name : name.includes('@') ? 'own folder' : 'folder'
}

function die(): never {
  process.kill(process.pid, 'SIGKILL')
  throw new Error('unreachable')
}
