import { AggregatorRegistry, Counter, register, Registry } from 'prom-client'
import type { Counts } from './messages.ts'
import type { Member } from './pool/member.ts'
import type { Pool } from './pool/pool.ts'

/** How long a worker may take to tell what it counted. */
const patienceMs = 2_000

export type CountsOfAll = {
  /** What the primary and all workers counted, those that have ended included, as one text for Prometheus. */
  text(pool: Pool): Promise<string>
  /** Keeps what an ended worker counted: a sum that fell would be taken for a start from zero. */
  keep(member: Member): void
}

/** Sums over processes: of counters and histograms; of gauges what their definition says, the sum or the highest. */
export function openCounts(): CountsOfAll {
  let past: Promise<Counts> = Promise.resolve([])
  return {
    async text(pool) {
      const asked = (await pool.ask('counts', patienceMs)).map(({ member }) => member)
      const living = asked.filter((member) => member.state() !== 'ended')
      const counted = living.map(countsOf)
      const sums = sum([await register.getMetricsAsJSON(), ...counted, await callsByWorker(living), await past])
      return await sums.metrics()
    },
    keep(member) {
      const grown = countsOf(member).filter(({ type }) => String(type) !== 'gauge')
      past = past.then((before) => sum([before, grown]).getMetricsAsJSON())
    },
  }
}

const countsOf = (member: Member): Counts => member.lastCounts() ?? []
const sum = (counts: Counts[]): Registry => AggregatorRegistry.aggregate(counts)

/** How the calls are spread over the workers that are there now. */
async function callsByWorker(members: readonly Member[]): Promise<Counts> {
  const own = new Registry()
  const calls = new Counter({
    name: 'llm_manager_gateway_worker_calls_total',
    help: 'Upstream attempts of each gateway worker since it started',
    labelNames: ['worker'],
    registers: [own],
  })
  for (const member of members) {
    const counted = countsOf(member).find(({ name }) => name === 'llm_manager_gateway_calls_total')?.values ?? []
    calls.inc(
      { worker: member.number },
      counted.reduce((total, { value }) => total + value, 0),
    )
  }
  return await own.getMetricsAsJSON()
}
