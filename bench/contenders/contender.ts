import type { Shape } from '../load/shapes.ts'

export const CONTENDER_NAMES = ['bare', 'portkey', 'ours'] as const
export type ContenderName = (typeof CONTENDER_NAMES)[number]

/** Where a contender of one slot finds what it needs. */
export type Slot = { mockPort: number; folder: string; logPath: string }

/** What the load did to it, warm-up included. */
export type Driven = { shape: Shape; calls: number }

export type RunningContender = {
  pid: number
  port: number
  /** Header lines of the requests, one set for each connection in turn. */
  headers: string[][]
  /** Whether its own books agree with the load; what is wrong, one line each. */
  audit?(driven: Driven): Promise<{ problems: string[]; waitedMs: number }>
  stop: () => Promise<void>
}

/** Something that takes OpenAI-shaped calls and hands them to the mock. */
export type Contender = {
  name: ContenderName
  title: string
  /** What it does for each call in this run, and what it does not: printed with the results. */
  does: string
  doesNot: string
  start(slot: Slot): Promise<RunningContender>
}
