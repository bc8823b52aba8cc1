import { join } from 'node:path'
import { startProgram } from '../harness/programs.ts'
import { UPSTREAM_KEY } from '../load/messages.ts'
import type { Contender } from './contender.ts'

const PROGRAM = join(import.meta.dirname, 'bare-gateway.ts')

export const bare: Contender = {
  name: 'bare',
  title: 'bare pass-through (node:http + undici.dispatch)',
  does: 'hands bytes on, over kept-alive connections',
  doesNot: 'no keys, no permissions, no budget, no metering, no records, no retries, no time limits',
  start: async ({ mockPort, logPath }) => {
    const program = startProgram('gateway', [PROGRAM, `http://127.0.0.1:${mockPort}`], { NODE_ENV: 'production' }, logPath)
    const { port } = await program.hear(isReady)
    return { pid: program.pid, port, headers: [[`Authorization: Bearer ${UPSTREAM_KEY}`]], stop: program.stop }
  },
}

/** The message by which our small programs tell their port. */
export function isReady(message: unknown): message is { type: 'ready'; port: number } {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === 'ready' && 'port' in message
}
