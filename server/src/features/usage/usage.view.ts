import { usdOfNanos } from '../../platform/money.ts'
import { costOf } from './corrections/make-corrections.ts'
import { toTokens } from './usage.figures.ts'
import type { EventRow } from './usage.store.ts'

/** A request as the API says it; its cost as it stands, corrections included. */
export function toEvent(row: EventRow) {
  const { id, request_id, access_key_id, user_id, agent_id, provider_key_id, provider, model, endpoint, stream, outcome } = row
  const { error_source, error_code, http_status, estimated, unresolved, duration_ms, first_byte_ms } = row
  const cost = costOf(row)
  return {
    id,
    at: row.admitted_at.toISOString(),
    request_id,
    access_key_id,
    user_id,
    agent_id,
    provider_key_id,
    provider,
    model,
    endpoint,
    stream,
    outcome,
    error_source,
    error_code,
    http_status,
    tokens: toTokens(row),
    cost: cost === null ? null : usdOfNanos(cost),
    estimated,
    unresolved,
    duration_ms,
    first_byte_ms,
  }
}
