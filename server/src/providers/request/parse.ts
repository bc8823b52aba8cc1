import { parseJson } from '../json.ts'
import type { RequestFacts } from './facts.ts'
import { scanRequest } from './scan.ts'

/** A request that was understood, and the body whose bytes the facts speak of. */
export type ReadRequest = { facts: RequestFacts; body: Buffer }

/**
 * Reads a request the thorough way: parsed, and written anew from what was read, so that the provider sees exactly what the gateway
 * judged. Of a key that appears twice the last one stands, as in JSON.parse. Null when the body is no JSON object, or holds a number
 * that cannot be written back.
 */
export function parseRequest(body: Buffer): ReadRequest | null {
  const value = parseJson(body.toString('utf8'))
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  try {
    const rewritten = Buffer.from(JSON.stringify(value, refuseInfinity))
    const facts = scanRequest(rewritten)
    return facts === null ? null : { facts, body: rewritten }
  } catch {
    // Nested deeper, or larger in a number, than it could be written.
    return null
  }
}

function refuseInfinity(_key: string, value: unknown): unknown {
  if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) throw new RangeError('a number beyond all bounds')
  return value
}

/** Reads a request the cheap way where that is safe, else the thorough one. Null: malformed, to be refused. */
export function readRequest(body: Buffer): ReadRequest | null {
  const facts = scanRequest(body)
  return facts === null ? parseRequest(body) : { facts, body }
}
