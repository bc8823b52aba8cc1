import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../../platform/log/log.ts'
import type { Answers, Question } from '../messages.ts'
import { workerMetrics } from '../metrics.ts'
import type { Member } from './member.ts'

/** A worker that lived so long was well: what comes after it is not held against it. */
const wellAfterMs = 60_000
const firstWaitMs = 100
const longestWaitMs = 10_000
/** Starts in a row that may fail while no other worker serves. */
const failedStartsMax = 5

export type PoolOptions = {
  count: number
  log: Log
  start(number: number): Member
  /** Told of each worker that has ended, whose counts are complete then. */
  onEnded(member: Member): void
  /** Told when workers end over and over at their start and none is left that serves. */
  onGivenUp(reason: Error): void
}

/** A place for one worker. When the worker ends another gets it; while the next one already starts, nobody else is started for it. */
export type Place = { number: number; member: Member | null; next: Member | null; failures: number; problem: string | null }

/** Several workers, each in its place. */
export type Pool = {
  /** Starts all of them at once. Resolves when all serve, rejects with the reason of the first that does not. */
  start(): Promise<void>
  places: readonly Readonly<Place>[]
  /** Asks every process that is open, those about to end included. */
  ask<Q extends Question>(question: Q, withinMs: number): Promise<{ member: Member; answer: Answers[Q] | null }[]>
  /** Replaces one after the other: the new one serves before the old one takes no more connections. Rejects when a new one does not start. */
  roll(): Promise<void>
  close(): Promise<void>
}

type Crew = PoolOptions & { places: Place[]; living: Set<Member>; closing: AbortController }

/** Several workers that are not started yet. */
export function createPool(options: PoolOptions): Pool {
  const places = Array.from({ length: options.count }, (_, index) => emptyPlace(index + 1))
  const crew: Crew = { ...options, places, living: new Set(), closing: new AbortController() }
  let rolling: Promise<void> | null = null
  return {
    start: () => startAll(crew),
    places,
    ask: (question, withinMs) =>
      Promise.all(openMembers(crew).map(async (member) => ({ member, answer: await member.ask(question, withinMs) }))),
    roll() {
      rolling ??= replaceAll(crew).finally(() => {
        rolling = null
      })
      return rolling
    },
    close: () => closeCrew(crew),
  }
}

async function startAll(crew: Crew): Promise<void> {
  const started = crew.places.map((place) => ({ place, member: startAt(crew, place) }))
  await Promise.all(
    started.map(async ({ place, member }) => {
      await member.ready
      void keep(crew, place, member)
    }),
  )
}

const emptyPlace = (number: number): Place => ({ number, member: null, next: null, failures: 0, problem: null })

/** What has only just been started has read nothing yet, and cannot answer yet. */
const openMembers = ({ living }: Crew): Member[] => [...living].filter((member) => member.state() !== 'starting')

function startAt({ start, living, onEnded }: Crew, place: Place): Member {
  const member = start(place.number)
  living.add(member)
  void member.ended.then(() => {
    living.delete(member)
    onEnded(member)
  })
  return member
}

/** Gives a worker its place, and watches over it until it ends or another one has the place. */
async function keep(crew: Crew, place: Place, member: Member): Promise<void> {
  place.member = member
  place.problem = null
  const reason = await member.leaving
  if (crew.closing.signal.aborted || place.member !== member) return
  crew.log.error({ worker: place.number, reason }, 'a gateway worker ends; another one takes its place')
  place.failures = Date.now() - member.startedAtMs > wellAfterMs ? 1 : place.failures + 1
  workerMetrics.endedByItself(place.number)
  place.member = null
  place.problem = reason
  if (!place.next) await refill(crew, place)
}

async function refill(crew: Crew, place: Place): Promise<void> {
  const { signal } = crew.closing
  for (;;) {
    await sleep(Math.min(longestWaitMs, firstWaitMs * 2 ** (place.failures - 1)), undefined, { signal }).catch(() => {})
    if (signal.aborted) return
    const member = startAt(crew, place)
    const problem = await failureOf(member)
    if (signal.aborted) return
    if (problem === null) return void keep(crew, place, member)
    place.failures += 1
    place.problem = problem
    crew.log.error({ worker: place.number, reason: problem }, 'a gateway worker could not start')
    if (place.failures < failedStartsMax || crew.places.some((other) => other.member)) continue
    return crew.onGivenUp(new Error(`No gateway worker can be started: ${problem}`))
  }
}

async function replaceAll(crew: Crew): Promise<void> {
  for (const place of crew.places) {
    const old = place.member
    // Where none serves, another one is on its way.
    if (!old || crew.closing.signal.aborted) continue
    place.next = startAt(crew, place)
    const problem = await failureOf(place.next)
    const { next } = place
    place.next = null
    if (problem === null) {
      void keep(crew, place, next)
      old.retire()
      continue
    }
    if (!place.member) void refill(crew, place)
    throw new Error(`Gateway worker ${place.number} was not replaced: ${problem}`)
  }
}

async function closeCrew({ closing, living }: Crew): Promise<void> {
  closing.abort()
  for (const member of living) member.stop()
  await Promise.all([...living].map((member) => member.ended))
}

function failureOf(member: Member): Promise<string | null> {
  return member.ready.then(
    () => null,
    (error: Error) => error.message,
  )
}
