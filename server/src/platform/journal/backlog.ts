import type { Position } from './disk/format.ts'

/** A settled call: what was written before it went out and what came of it. Its position is that of its settlement. */
export type SettledRecord = { id: Buffer; hold: Buffer; settle: Buffer; position: Position }

/** Where one settled call lies on disk, and the call itself while memory allows. */
export type BacklogEntry = {
  position: Position
  bytes: number
  holdPosition: Position
  holdBytes: number
  record: SettledRecord | undefined
}

/**
 * The settlements that are not in the database yet, oldest first. Every one keeps its entry (some fifty bytes; their
 * number is bounded by the size of the journal), the oldest also keep their payloads, up to `memoryBytesMax`.
 */
export type Backlog = {
  push(entry: BacklogEntry): void
  first(max: number): BacklogEntry[]
  /** Forgets everything up to and including `position`. */
  dropTo(position: Position): void
  count(): number
  memoryBytes(): number
}

export function createBacklog(memoryBytesMax: number): Backlog {
  let entries: BacklogEntry[] = []
  let head = 0
  let memoryBytes = 0
  return {
    push(entry) {
      const size = entry.bytes + entry.holdBytes
      if (memoryBytes + size > memoryBytesMax) entry.record = undefined
      else memoryBytes += size
      entries.push(entry)
    },
    first: (max) => entries.slice(head, head + max),
    dropTo(position) {
      for (let entry = entries[head]; entry !== undefined && entry.position <= position; entry = entries[head]) {
        if (entry.record !== undefined) memoryBytes -= entry.bytes + entry.holdBytes
        entry.record = undefined
        head += 1
      }
      if (head > 1024 && head * 2 > entries.length) {
        entries = entries.slice(head)
        head = 0
      }
    },
    count: () => entries.length - head,
    memoryBytes: () => memoryBytes,
  }
}
