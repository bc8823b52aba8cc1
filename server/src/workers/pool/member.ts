import cluster from 'node:cluster'
import type { Answers, Counts, Order, Question, Report } from '../messages.ts'
import { openQuestions } from './questions.ts'

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
  const send = (order: Order) => void (worker.isConnected() && worker.send(order))
  const questions = openQuestions(send)
  const life = { state: 'starting' as ReturnType<Member['state']>, lastCounts: null as Counts | null, reason: null as string | null }
  const ready = Promise.withResolvers<void>()
  const leaving = Promise.withResolvers<string>()
  const ended = Promise.withResolvers<void>()
  // Whoever waits is told; that nobody waits is no failure.
  ready.promise.catch(() => {})

  worker.on('message', (report: Report) => {
    if (report.type === 'opening') life.state = 'opening'
    else if (report.type === 'ready') life.state = 'ready'
    else if (report.type === 'leaving') life.state = 'leaving'
    else if (report.type === 'failed') life.reason = report.message
    else if (report.type === 'last_counts') life.lastCounts = report.counts
    else if (report.type === 'answer') questions.answered(report.id, report.answer)
    if (report.type === 'ready') ready.resolve()
    if (report.type === 'leaving') leaving.resolve(report.reason)
  })
  // What cannot be sent to one that is ending says nothing that its end does not say.
  worker.on('error', () => {})
  worker.once('exit', (code, signal) => {
    life.state = 'ended'
    const reason = life.reason ?? (signal ? `signal ${signal}` : `exit code ${code}`)
    ready.reject(new Error(reason))
    leaving.resolve(reason)
    ended.resolve()
    questions.end()
  })
  send({ type: 'open', number, ...open })

  return {
    number,
    startedAtMs: Date.now(),
    ready: ready.promise,
    leaving: leaving.promise,
    ended: ended.promise,
    state: () => life.state,
    lastCounts: () => life.lastCounts,
    async ask(question, withinMs) {
      const answer = await questions.ask(question, withinMs)
      if (question === 'counts' && answer !== null) life.lastCounts = answer as Counts
      return answer
    },
    retire: () => send({ type: 'retire' }),
    stop() {
      send({ type: 'stop' })
      const force = setTimeout(() => worker.process.kill('SIGKILL'), stopWithinMs)
      void ended.promise.then(() => clearTimeout(force))
    },
  }
}
