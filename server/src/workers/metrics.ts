import { Counter, Gauge, Histogram } from 'prom-client'

let countServing: () => number = () => 0

new Gauge({
  name: 'llm_manager_gateway_workers',
  help: 'Gateway workers that serve',
  collect() {
    this.set(countServing())
  },
})
const replaced = new Counter({
  name: 'llm_manager_gateway_worker_ends_total',
  help: 'Gateway workers that ended by themselves and were replaced',
  labelNames: ['worker'],
})
const everywhere = new Histogram({
  name: 'llm_manager_change_everywhere_seconds',
  help: 'Time from the commit of a change by the API to its being in force in every gateway worker of this installation',
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
})
const unconfirmed = new Counter({
  name: 'llm_manager_change_unconfirmed_total',
  help: 'Changes of which a gateway worker of this installation did not say in time that they are in force',
})

export const workerMetrics = {
  /** Where the number of serving workers is read from. */
  watch(serving: () => number): void {
    countServing = serving
  },
  endedByItself: (worker: number): void => replaced.inc({ worker }),
  inForceEverywhere: (ms: number): void => everywhere.observe(ms / 1000),
  unconfirmed: (): void => unconfirmed.inc(),
}
