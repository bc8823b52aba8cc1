import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startProgram } from '../harness/programs.ts'
import { UPSTREAM_KEY } from '../load/messages.ts'
import type { Contender } from './contender.ts'

const PROGRAM = join(import.meta.dirname, '..', 'node_modules', '@portkey-ai', 'gateway', 'build', 'start-server.js')
/** Ends it when this benchmark dies; it does nothing else. */
const GUARD = new URL('../../scripts/stack/end-with-parent.mjs', import.meta.url).href
const READY_MS = 20_000

/**
 * As its documents run it for production: `NODE_ENV=production`, `--headless` (no log page), provider and address by header, no
 * config, so no retries, cache, guardrails or hooks. Its HTTP adapter is held at 1.13.5, where streams work: what npm would
 * choose today is no faster here, and answers every stream with 500 (its issue 1389).
 */
export const portkey: Contender = {
  name: 'portkey',
  title: '@portkey-ai/gateway 1.15.2',
  does: 'reads and writes each body anew, routes by header, hands the caller’s provider key on',
  doesNot: 'no keys of its own, no permissions, no budget, no metering, no records; retries, cache, guardrails and log page off',
  start: async ({ mockPort, logPath }) => {
    const port = await findFreePort()
    const program = startProgram(
      'gateway',
      ['--import', GUARD, PROGRAM, `--port=${port}`, '--headless'],
      { NODE_ENV: 'production' },
      logPath,
    )
    if (!(await becomesReady(port))) {
      await program.stop()
      throw new Error(`@portkey-ai/gateway did not start; see ${logPath}`)
    }
    const headers = [
      `Authorization: Bearer ${UPSTREAM_KEY}`,
      'x-portkey-provider: openai',
      `x-portkey-custom-host: http://127.0.0.1:${mockPort}/v1`,
    ]
    return { pid: program.pid, port, headers: [headers], stop: program.stop }
  },
}

async function becomesReady(port: number): Promise<boolean> {
  const latest = performance.now() + READY_MS
  while (performance.now() < latest) {
    const status = await fetch(`http://127.0.0.1:${port}/`).then(
      (response) => response.status,
      () => 0,
    )
    if (status === 200) return true
    await sleep(100)
  }
  return false
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}
