import { closeSync, openSync, writeSync } from 'node:fs'
import { BUCKETS, noTokens, type Tokens } from './tokens.ts'

/** How a billed request ended. Only `complete`, `disconnected`, `cut` and `stream_error` cost anything. */
export type Outcome = 'complete' | 'refused' | 'error_in_200' | 'disconnected' | 'cut' | 'stream_error' | 'hung'

/** One line of the provider's own book: what was asked, what was counted, what it costs. */
export interface LedgerEntry {
  seq: number
  /** ISO-8601 UTC, when the entry was written. */
  at: string
  provider: string
  model: string | null
  /** Last four characters of the key, null when none was sent. */
  key_hint: string | null
  path: string
  stream: boolean
  tokens: Tokens
  cost_nanos: number
  status: number
  outcome: Outcome
  /** The request id of the answer's header (2.5); where a provider has none, the id of the body. */
  request_id: string
  /** The id inside the answer's body. */
  completion_id: string
}

interface LedgerTotals {
  requests: number
  /** Requests that were refused or failed and cost nothing. */
  unbilled: number
  tokens: Tokens
  cost_nanos: number
}

export interface Ledger {
  record(entry: Omit<LedgerEntry, 'seq' | 'at'>): void
  /** Entries after `since`: a sequence number or an ISO time; all that are kept without it. */
  entries(since?: string): LedgerEntry[]
  /** Exact sums over everything recorded, kept or not. */
  totals(): LedgerTotals & { by_provider: Record<string, LedgerTotals>; by_key: Record<string, LedgerTotals> }
  clear(): void
  close(): void
}

function emptyTotals(): LedgerTotals {
  return { requests: 0, unbilled: 0, tokens: noTokens(), cost_nanos: 0 }
}

function addTo(totals: LedgerTotals, entry: LedgerEntry): void {
  totals.requests += 1
  if (entry.outcome === 'refused' || entry.outcome === 'error_in_200' || entry.outcome === 'hung') totals.unbilled += 1
  for (const bucket of BUCKETS) totals.tokens[bucket] += entry.tokens[bucket]
  totals.cost_nanos += entry.cost_nanos
}

function totalsUnder(name: string, groups: Record<string, LedgerTotals>): LedgerTotals {
  return (groups[name] ??= emptyTotals())
}

/**
 * An empty ledger. `keep` bounds the entries held in memory (the oldest go first, totals stay exact);
 * `file` receives each entry as one JSON line by a synchronous write, so killing the simulator loses none.
 */
export function openLedger(options: { keep: number; file?: string }): Ledger {
  const file = options.file === undefined ? undefined : openSync(options.file, 'a', 0o600)
  let seq = 0
  let kept: LedgerEntry[] = []
  let all = emptyTotals()
  let byProvider: Record<string, LedgerTotals> = {}
  let byKey: Record<string, LedgerTotals> = {}

  return {
    record(fields) {
      const entry: LedgerEntry = { seq: ++seq, at: new Date().toISOString(), ...fields }
      kept.push(entry)
      // Trimmed in halves, so that the cost of moving the rest is paid rarely.
      if (kept.length > options.keep * 2) kept = kept.slice(-options.keep)
      addTo(all, entry)
      addTo(totalsUnder(entry.provider, byProvider), entry)
      addTo(totalsUnder(`${entry.provider} ${entry.key_hint ?? '-'}`, byKey), entry)
      if (file !== undefined) writeSync(file, `${JSON.stringify(entry)}\n`)
    },
    entries(since) {
      if (since === undefined || since === '') return [...kept]
      const number = Number(since)
      if (Number.isFinite(number)) return kept.filter((entry) => entry.seq > number)
      return kept.filter((entry) => entry.at > since)
    },
    totals: () => ({ ...structuredClone(all), by_provider: structuredClone(byProvider), by_key: structuredClone(byKey) }),
    clear() {
      kept = []
      all = emptyTotals()
      byProvider = {}
      byKey = {}
    },
    close() {
      if (file !== undefined) closeSync(file)
    },
  }
}
