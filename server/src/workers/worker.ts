import cluster from 'node:cluster'
import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { register } from 'prom-client'
import { isGatewayPath } from '../gateway/admission/endpoints.ts'
import { openGateway, type Gateway } from '../gateway/gateway.ts'
import { openPlatform } from '../open-platform.ts'
import { systemClock } from '../platform/time/clock.ts'
import { readConfig } from '../platform/config.ts'
import { watchFreshness, type Freshness } from '../platform/freshness.ts'
import { createLog, type Log } from '../platform/log/log.ts'
import { openFront, type Front } from './front.ts'
import type { Answers, Order, Question, Report } from './messages.ts'

/** After `retire`: as long as the longest call without a stream may take. */
const retireMs = 600_000
/** After `stop`: for what was about to be sent; calls that are admitted have the gateway's own time after that. */
const finishMs = 5_000

type Running = { freshness: Freshness; gateway: Gateway; front: Front; closePlatform: () => Promise<void> }

/** One gateway process of several: started by the primary, told by it where to listen and when to leave. */
let running: Running | null = null
let log: Log = createLog('info')
let isEnding = false

const report = (message: Report): void => {
  if (process.connected) process.send?.(message)
}

async function open({ number, databaseUrl, apiSocket, port }: Extract<Order, { type: 'open' }>): Promise<void> {
  report({ type: 'opening' })
  const config = readConfig()
  log = createLog(config.logLevel).child({ worker: number })
  const { platform, close: closePlatform } = await openPlatform(config, databaseUrl, log, systemClock, { isWorker: true })
  const gateway = await openGateway(platform, {
    databaseUrl,
    journalDir: join(config.dataDir, 'journal'),
    onMustEnd: () => leave('another process has taken over its limits'),
  })
  const freshness = watchFreshness(platform.bus)
  const handle: RequestListener = (req, res) => freshness.act(() => void gateway.handle(req, res))
  const front = await openFront({ host: config.host, port, apiSocket, isOurs: isGatewayPath, handle })
  running = { freshness, gateway, front, closePlatform }
  report({ type: 'ready' })
}

async function answer(question: Question): Promise<Answers[Question] | null> {
  if (question === 'counts') return await register.getMetricsAsJSON()
  // What is not open yet will read everything that is committed by now.
  if (question === 'catch_up') {
    await running?.freshness.catchUp()
    return true
  }
  return running?.gateway.status() ?? null
}

/** Ends by itself; the primary starts another meanwhile. */
function leave(reason: string): void {
  report({ type: 'leaving', reason })
  void end(finishMs)
}

/** Calls under way end, what is settled is brought to the database, and the process is over. */
async function end(withinMs: number): Promise<void> {
  if (isEnding) return
  isEnding = true
  if (!running) process.exit(0)
  const { gateway, front, closePlatform } = running
  await Promise.race([front.finish(), sleep(withinMs)])
  await gateway.close()
  front.cut()
  await closePlatform()
  await reportLast({ type: 'last_counts', counts: await register.getMetricsAsJSON() })
  process.exit(0)
}

/** Resolves when it has gone out: the process ends with whatever has not. */
async function reportLast(message: Report): Promise<void> {
  await new Promise<void>((resolve) => {
    if (process.connected && process.send) process.send(message, undefined, undefined, () => resolve())
    else resolve()
  })
}

async function retire(): Promise<void> {
  await Promise.race([running?.front.retire(), sleep(retireMs)])
  await end(0)
}

process.on('message', (order: Order) => {
  if (order.type === 'open') open(order).catch(fail)
  if (order.type === 'retire') void retire().catch(fail)
  if (order.type === 'stop') void end(finishMs).catch(fail)
  if (order.type === 'ask')
    void answer(order.question)
      .catch(() => null)
      .then((given) => report({ type: 'answer', id: order.id, answer: given }))
})
// The primary is gone, and with it the API: a cluster's worker would exit on the spot, with calls under way.
cluster.worker?.on('disconnect', () => {
  if (cluster.worker) cluster.worker.exitedAfterDisconnect = true
  void end(finishMs).catch(fail)
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => leave(`told to by ${signal}`))

async function fail(error: unknown): Promise<never> {
  log.error({ err: error }, 'a gateway worker could not go on')
  await reportLast({ type: 'failed', message: error instanceof Error ? error.message : String(error) })
  process.exit(1)
}
