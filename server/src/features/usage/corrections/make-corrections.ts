import type { Tx } from '../../../platform/db.ts'
import { lockCounters } from '../../quotas/ledger.ts'
import {
  correctRollups,
  insertCorrections,
  listCostCounters,
  postCorrections,
  type ChargedEvent,
  type CorrectionEntry,
  type CorrectionRow,
  type NewCorrection,
} from './corrections.store.ts'

/** What an event costs as it stands, in nano-dollars: as it was charged and corrected. Null = unknown. */
export function costOf({ cost_nanos, corrected_nanos }: Pick<ChargedEvent, 'cost_nanos' | 'corrected_nanos'>): bigint | null {
  return cost_nanos === null && corrected_nanos === null ? null : (cost_nanos ?? 0n) + (corrected_nanos ?? 0n)
}

/**
 * Makes corrections, each once, with what follows of them: an entry in the ledger of every cost limit that the event was settled under,
 * in the window of its admission, and the figures of its hour. The events stay as they were. Counters are locked first, then roll-ups,
 * both in key order; the caller holds `lockCorrections`, under which it has read the events.
 */
export async function makeCorrections(tx: Tx, made: readonly NewCorrection[], madeBy: string, at: Date): Promise<CorrectionRow[]> {
  const counted = await listCostCounters(
    tx,
    made.map(({ event }) => event.id),
  )
  const entries = made.flatMap((correction): CorrectionEntry[] =>
    correction.amountNanos === 0n
      ? []
      : counted
          .filter(({ event_id }) => event_id === correction.event.id)
          .map(({ tenant_id, limit_id, window_start }) => ({
            tenant_id,
            limit_id,
            window_start: window_start.toISOString(),
            admitted_at: correction.event.admitted_at.toISOString(),
            event_id: correction.event.id,
            correction_id: correction.id,
            amount: correction.amountNanos.toString(),
          })),
  )
  await lockCounters(tx, entries)
  const rows = await insertCorrections(tx, made, madeBy, at)
  await postCorrections(tx, entries)
  await correctRollups(
    tx,
    rows.map((row) => row.id),
  )
  return rows
}
