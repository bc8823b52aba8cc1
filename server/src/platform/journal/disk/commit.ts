import fs from 'node:fs'
import type { Position } from './format.ts'
import { syncFolder, type Segment } from './segment.ts'
import { JournalFailed } from '../errors.ts'

/** From the first write to the start of the sync that covers it; half of the 10 ms promised, the rest is for a busy loop. */
const GROUP_WINDOW_MS = 5

/** `group`: writes are synced within some milliseconds. `always`: as soon as someone waits for one. */
export type SyncMode = 'group' | 'always'

/** Brings what was written onto the disk in groups: at most one sync at a time, covering all writes before its start. */
export type Committer = {
  /** To be called after every write. */
  wrote(segment: Segment): void
  /** Resolves when a sync covered the position; rejects with `JournalFailed` when it never will. */
  durable(position: Position): Promise<void>
  /** Resolves when no sync uses the segment any more, and none will: its file may be closed. */
  forget(segment: Segment): Promise<void>
  /** Ends all syncs for good: all who wait are rejected, as is everyone who comes. */
  fail(failure: JournalFailed): void
  durableTo(): Position
  failure(): JournalFailed | undefined
  syncs(): number
}

type Waiter = { position: Position; resolve: () => void; reject: (error: Error) => void }

type State = {
  folder: string
  mode: SyncMode
  endOfWrites: () => Position
  dirty: Set<Segment>
  waiters: Waiter[]
  timer: NodeJS.Timeout | undefined
  immediate: NodeJS.Immediate | undefined
  pass: Promise<void> | undefined
  durableTo: Position
  failure: JournalFailed | undefined
  syncs: number
}

export function createCommitter(folder: string, mode: SyncMode, endOfWrites: () => Position): Committer {
  const state: State = {
    folder,
    mode,
    endOfWrites,
    dirty: new Set(),
    waiters: [],
    timer: undefined,
    immediate: undefined,
    pass: undefined,
    durableTo: 0,
    failure: undefined,
    syncs: 0,
  }
  return {
    wrote(segment) {
      state.dirty.add(segment)
      schedulePass(state)
    },
    durable: (position) => waitFor(state, position),
    async forget(segment) {
      state.dirty.delete(segment)
      await state.pass
    },
    fail: (failure) => fail(state, failure),
    durableTo: () => state.durableTo,
    failure: () => state.failure,
    syncs: () => state.syncs,
  }
}

function waitFor(state: State, position: Position): Promise<void> {
  if (position <= state.durableTo) return Promise.resolve()
  if (state.failure !== undefined) return Promise.reject(state.failure)
  if (position > state.endOfWrites()) return Promise.reject(new RangeError(`nothing was written at ${position} yet`))
  return new Promise((resolve, reject) => {
    state.waiters.push({ position, resolve, reject })
    schedulePass(state)
  })
}

/** Someone waiting in `always` gets a pass at the end of this turn of the loop, so that calls of one turn share it. */
function schedulePass(state: State): void {
  if (state.pass !== undefined || state.immediate !== undefined || state.failure !== undefined) return
  if (state.mode === 'always' && state.waiters.length > 0) {
    clearTimeout(state.timer)
    state.timer = undefined
    state.immediate = setImmediate(startPass, state)
  } else {
    state.timer ??= setTimeout(startPass, GROUP_WINDOW_MS, state)
  }
}

function startPass(state: State): void {
  state.timer = undefined
  state.immediate = undefined
  state.pass = runPass(state).then(() => {
    state.pass = undefined
    if (state.dirty.size > 0 || state.waiters.length > 0) schedulePass(state)
  })
}

/** Never rejects: a failure is kept, told to all who wait, and ends all further syncs. */
async function runPass(state: State): Promise<void> {
  const segments = [...state.dirty]
  const reached = state.endOfWrites()
  state.dirty.clear()
  try {
    if (segments.some((segment) => !segment.named)) await syncFolder(state.folder)
    for (const segment of segments) {
      segment.named = true
      await syncData(segment.fd)
    }
  } catch (error) {
    fail(state, new JournalFailed('the journal could not be synced to disk', error))
    return
  }
  state.syncs += 1
  state.durableTo = reached
  const waiting = state.waiters
  state.waiters = waiting.filter((waiter) => waiter.position > reached)
  for (const waiter of waiting) if (waiter.position <= reached) waiter.resolve()
}

function fail(state: State, failure: JournalFailed): void {
  state.failure ??= failure
  for (const waiter of state.waiters.splice(0)) waiter.reject(state.failure)
}

function syncData(fd: number): Promise<void> {
  return new Promise((resolve, reject) => fs.fdatasync(fd, (error) => (error ? reject(error) : resolve())))
}
