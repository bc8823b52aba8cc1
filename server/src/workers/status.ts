import type { GatewayStatus } from '../gateway/status.ts'
import type { Pool } from './pool/pool.ts'

const patienceMs = 1_000

/**
 * All workers as one gateway: sums, the longest times, and whether any admits calls. Each problem and each warning names the worker that has
 * it; where there is one that admits calls, the others' problems are no refusal.
 */
export async function statusOfAll(pool: Pool): Promise<GatewayStatus> {
  const answers = new Map((await pool.ask('status', patienceMs)).map(({ member, answer }) => [member, answer]))
  const known = [...answers.values()].filter((answer) => answer !== null)
  const sum = (read: (status: GatewayStatus) => number) => known.reduce((total, status) => total + read(status), 0)
  const delays = known.flatMap(({ revocationDelayMs }) => (revocationDelayMs === null ? [] : [revocationDelayMs]))
  const places = pool.places.map(({ number, member }) => ({ number, status: member ? (answers.get(member) ?? null) : undefined }))
  return {
    openCalls: sum(({ openCalls }) => openCalls),
    waitingEvents: sum(({ waitingEvents }) => waitingEvents),
    lagSeconds: Math.max(0, ...known.map(({ lagSeconds }) => lagSeconds)),
    journalBytes: sum(({ journalBytes }) => journalBytes),
    journalBoundBytes: sum(({ journalBoundBytes }) => journalBoundBytes),
    revocationDelayMs: delays.length > 0 ? Math.max(...delays) : null,
    admitting: places.some(({ status }) => status?.admitting),
    problems: places.flatMap(({ number, status }) => problemsOf(status).map((problem) => `gateway worker ${number}: ${problem}`)),
    warnings: places.flatMap(({ number, status }) => (status?.warnings ?? []).map((warning) => `gateway worker ${number}: ${warning}`)),
  }
}

/** Null: it was asked in vain; undefined: there is none to ask. */
function problemsOf(status: GatewayStatus | null | undefined): string[] {
  if (status) return status.problems
  return [status === null ? 'it does not answer' : 'it is being started']
}
