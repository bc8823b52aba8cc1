import cluster, { type Worker } from 'node:cluster'
import type { Answers, Counts, Order, Question, Report } from '../messages.ts'

/** After it was told to stop: more than the gateway's own time for calls under way and for the journal after them. */
const stopWithinMs = 90_000

/** One worker process, as the primary sees it. */
export type Member = {
  /** Of its place, from 1: the one that replaces another has the same. */
  number: number
  startedAtMs: number
  /** Rejects with its reason when it ends before it is ready. */
  ready: Promise<void>
  /** Resolves with the reason when it says that it is about to end, or has ended. */
  leaving: Promise<string>
  ended: Promise<void>
  /** `opening`: it remembers what it has read of the database. */
  state(): 'starting' | 'opening' | 'ready' | 'leaving' | 'ended'
  /** What it counted, as far as it was heard. */
  lastCounts(): Counts | null
  /** Null when it has no answer, gives none in time, or has ended. */
  ask<Q extends Question>(question: Q, withinMs: number): Promise<Answers[Q] | null>
  /** It takes no more connections, and ends when those that it has are gone. */
  retire(): void
  /** It ends as soon as the calls under way are over; by force if that takes too long. */
  stop(): void
}

export type OpenOrder = Omit<Extract<Order, { type: 'open' }>, 'type' | 'number'>

/** Starts a worker process (cluster.setupPrimary says which program) and tells it to open. */
export function startMember(number: number, open: OpenOrder): Member {
  const worker = cluster.fork()
  const ready = Promise.withResolvers<void>()
  const leaving = Promise.withResolvers<string>()
  const ended = Promise.withResolvers<void>()
  // Whoever waits is told; that nobody waits is no failure.
  ready.promise.catch(() => {})
  const asked = new Map<number, (answer: Answers[Question] | null) => void>()
  let state: ReturnType<Member['state']> = 'starting'
  let reason: string | null = null
  let lastCounts: Counts | null = null
  let questions = 0

  function hear(report: Report): void {
    if (report.type === 'opening') state = 'opening'
    else if (report.type === 'failed') reason = report.message
    else if (report.type === 'last_counts') lastCounts = report.counts
    else if (report.type === 'answer') asked.get(report.id)?.(report.answer)
    else if (report.type === 'ready') {
      state = 'ready'
      ready.resolve()
    } else if (report.type === 'leaving') {
      state = 'leaving'
      leaving.resolve(report.reason)
    }
  }
  worker.on('message', hear)
  // What cannot be sent to one that is ending says nothing that its end does not say.
  worker.on('error', () => {})
  worker.once('exit', (code, signal) => {
    state = 'ended'
    reason ??= signal ? `signal ${signal}` : `exit code ${code}`
    ready.reject(new Error(reason))
    leaving.resolve(reason)
    ended.resolve()
    for (const settle of asked.values()) settle(null)
  })

  async function ask<Q extends Question>(question: Q, withinMs: number): Promise<Answers[Q] | null> {
    if (state === 'ended') return null
    const id = ++questions
    const { promise, resolve } = Promise.withResolvers<Answers[Question] | null>()
    asked.set(id, resolve)
    const timer = setTimeout(() => resolve(null), withinMs)
    order(worker, { type: 'ask', id, question })
    const answer = await promise
    clearTimeout(timer)
    asked.delete(id)
    if (question === 'counts' && answer !== null) lastCounts = answer as Counts
    return answer as Answers[Q] | null
  }

  order(worker, { type: 'open', number, ...open })
  return {
    number,
    startedAtMs: Date.now(),
    ready: ready.promise,
    leaving: leaving.promise,
    ended: ended.promise,
    state: () => state,
    lastCounts: () => lastCounts,
    ask,
    retire() {
      state = state === 'ended' ? state : 'leaving'
      order(worker, { type: 'retire' })
    },
    stop() {
      order(worker, { type: 'stop' })
      const force = setTimeout(() => worker.process.kill('SIGKILL'), stopWithinMs)
      void ended.promise.then(() => clearTimeout(force))
    },
  }
}

function order(worker: Worker, message: Order): void {
  if (worker.isConnected()) worker.send(message)
}
