import { pino, type Logger } from 'pino'
import { redact } from './redact.ts'

export type Log = Logger

/** Structured log on standard error: one JSON object a line, with key-looking text taken out of every string of an error. */
export function createLog(level: string): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError },
    },
    pino.destination({ dest: 2, sync: true }),
  )
}

/** An error as the log keeps it: name, redacted message and stack, and what caused it. */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: redact(String(error)) }
  const described: Record<string, unknown> = { name: error.name, message: redact(error.message), stack: redact(error.stack ?? '') }
  if ('code' in error) described.code = error.code
  if ('detail' in error && typeof error.detail === 'string') described.detail = redact(error.detail)
  if (error.cause !== undefined) described.cause = describeError(error.cause)
  return described
}
