import { Counter, Gauge, Histogram, type Aggregator } from 'prom-client'
import type { GatewayStatus } from './status.ts'

/** What each open gateway of this process says of itself when it is asked for metrics. */
const open = new Set<() => GatewayStatus>()

/** Over several processes a gauge is their sum, unless `aggregator` says otherwise. */
function gaugeOf(name: string, help: string, read: (status: GatewayStatus) => number, aggregator: Aggregator = 'sum'): void {
  new Gauge({
    name,
    help,
    aggregator,
    collect() {
      let sum = 0
      for (const status of open) sum += read(status())
      this.set(sum)
    },
  })
}

gaugeOf('llm_manager_gateway_open_calls', 'Calls under way', (status) => status.openCalls)
gaugeOf('llm_manager_journal_bytes', 'Bytes of the usage journal on disk', (status) => status.journalBytes)
gaugeOf('llm_manager_journal_bound_bytes', 'Bytes that the usage journal may take', (status) => status.journalBoundBytes)
gaugeOf('llm_manager_journal_waiting_events', 'Settled calls that are not in the database yet', (status) => status.waitingEvents)
gaugeOf(
  'llm_manager_journal_lag_seconds',
  'Age of the oldest settled call that is not in the database yet',
  (status) => status.lagSeconds,
  'max',
)
gaugeOf('llm_manager_gateway_admitting', 'How many processes admit new calls', (status) => (status.admitting ? 1 : 0))

const calls = new Counter({
  name: 'llm_manager_gateway_calls_total',
  help: 'Upstream attempts by how they ended',
  labelNames: ['provider', 'outcome'],
})
const tokens = new Counter({ name: 'llm_manager_gateway_tokens_total', help: 'Tokens used', labelNames: ['provider', 'direction'] })
const cost = new Counter({ name: 'llm_manager_gateway_cost_usd_total', help: 'Cost charged, in US dollars', labelNames: ['provider'] })
const refusals = new Counter({
  name: 'llm_manager_gateway_refusals_total',
  help: 'Calls that the gateway itself refused, by reason',
  labelNames: ['code'],
})
const abandoned = new Counter({
  name: 'llm_manager_epochs_abandoned_total',
  help: 'Gateways that ended without a word, and whose room in limits this process has charged',
})
const overhead = new Histogram({
  name: 'llm_manager_gateway_overhead_seconds',
  help: 'Time from the last byte of a request to its being sent upstream',
  buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25],
})
const changeDelay = new Histogram({
  name: 'llm_manager_gateway_change_delay_seconds',
  help: 'Time from a change of a key, user, agent, tenant or limit to its being in force in the gateway',
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5],
})

export const gatewayMetrics = {
  watch: (status: () => GatewayStatus): (() => void) => {
    open.add(status)
    return () => void open.delete(status)
  },
  settled(provider: string, outcome: string, inputTokens: number, outputTokens: number, costUsd: number): void {
    calls.inc({ provider, outcome })
    if (inputTokens > 0) tokens.inc({ provider, direction: 'input' }, inputTokens)
    if (outputTokens > 0) tokens.inc({ provider, direction: 'output' }, outputTokens)
    if (costUsd > 0) cost.inc({ provider }, costUsd)
  },
  refused: (code: string): void => refusals.inc({ code }),
  abandoned: (): void => abandoned.inc(),
  overhead: (ms: number): void => overhead.observe(ms / 1000),
  changed: (delayMs: number): void => changeDelay.observe(delayMs / 1000),
}
