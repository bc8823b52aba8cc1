import type { GatewayStatus } from '../gateway/status.ts'
import type { Pool } from './pool/pool.ts'

const patienceMs = 1_000

/** All workers as one gateway: sums, the longest times, and whether any admits calls; of each that does not, that it does not. */
export async function statusOfAll(pool: Pool): Promise<GatewayStatus> {
  const answers = new Map((await pool.ask('status', patienceMs)).map(({ member, answer }) => [member, answer]))
  const known = [...answers.values()].filter((answer) => answer !== null)
  const sum = (read: (status: GatewayStatus) => number) => known.reduce((total, status) => total + read(status), 0)
  const delays = known.flatMap(({ revocationDelayMs }) => (revocationDelayMs === null ? [] : [revocationDelayMs]))
  const serving = pool.places.map(({ number, member }) => ({ number, status: member && answers.get(member) }))
  return {
    openCalls: sum(({ openCalls }) => openCalls),
    waitingEvents: sum(({ waitingEvents }) => waitingEvents),
    lagSeconds: Math.max(0, ...known.map(({ lagSeconds }) => lagSeconds)),
    revocationDelayMs: delays.length > 0 ? Math.max(...delays) : null,
    admitting: serving.some(({ status }) => status?.admitting),
    problems: serving.flatMap(({ number, status }) => problemsOf(number, status)),
    warnings: serving.flatMap(({ number, status }) => (status?.warnings ?? []).map((warning) => `gateway worker ${number}: ${warning}`)),
    journalBytes: sum(({ journalBytes }) => journalBytes),
    journalBoundBytes: sum(({ journalBoundBytes }) => journalBoundBytes),
  }
}

function problemsOf(number: number, status: GatewayStatus | null | undefined): string[] {
  if (status?.admitting) return []
  if (status) return status.problems.map((problem) => `gateway worker ${number} admits no calls: ${problem}`)
  return [`gateway worker ${number} ${status === null ? 'does not answer' : 'is being started'}`]
}
