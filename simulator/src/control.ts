import type { IncomingMessage, ServerResponse } from 'node:http'
import { priceEntries } from './billing/prices.ts'
import type { Surroundings } from './router.ts'

function send(res: ServerResponse, status: number, body: unknown): void {
  res.writeHead(status, { 'content-type': 'application/json', 'x-simulator': 'true' })
  res.end(JSON.stringify(body))
}

/** Answers `/_sim/…`: the simulator's own ledger, price file, call counts and health. */
export function serveControl(req: IncomingMessage, res: ServerResponse, target: string, around: Surroundings): void {
  const url = new URL(target, 'http://simulator')
  switch (`${req.method} ${url.pathname}`) {
    case 'GET /_sim/healthz':
      return send(res, 200, { status: 'ok' })
    case 'GET /_sim/ledger':
      return send(res, 200, { items: around.ledger.entries(url.searchParams.get('since') ?? undefined) })
    case 'GET /_sim/ledger/totals':
      return send(res, 200, around.ledger.totals())
    case 'DELETE /_sim/ledger':
      around.ledger.clear()
      around.counts.clear()
      return send(res, 200, { cleared: true })
    case 'GET /_sim/calls':
      return send(res, 200, Object.fromEntries(around.counts))
    case 'GET /_sim/prices':
      return send(res, 200, priceEntries())
    default:
      return send(res, 404, { detail: 'no such page of the simulator' })
  }
}
