import type { register } from 'prom-client'
import type { GatewayStatus } from '../gateway/status.ts'

/** What a worker counted, as prom-client hands it on. */
export type Counts = Awaited<ReturnType<typeof register.getMetricsAsJSON>>

/** What the primary may ask, and what a worker answers. `catch_up`: read all that was committed before; true once it is in force. */
export type Answers = { catch_up: true; status: GatewayStatus; counts: Counts }
export type Question = keyof Answers

/** From the primary to a worker. */
export type Order =
  | { type: 'open'; number: number; databaseUrl: string; apiSocket: string; port: number }
  | { type: 'ask'; id: number; question: Question }
  /** Take no more connections, serve those that are there to their end, leave. */
  | { type: 'retire' }
  /** Leave as soon as the calls under way are over. */
  | { type: 'stop' }

/** From a worker to the primary. */
export type Report =
  /** From here on it remembers what it reads of the database, so that it is to be asked to catch up. */
  | { type: 'opening' }
  | { type: 'ready' }
  | { type: 'failed'; message: string }
  /** It is about to end by itself and is to be replaced. */
  | { type: 'leaving'; reason: string }
  /** `answer` is null when there is none. */
  | { type: 'answer'; id: number; answer: Answers[Question] | null }
  | { type: 'last_counts'; counts: Counts }
