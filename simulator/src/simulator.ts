import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { openLedger, type LedgerEntry } from './billing/ledger.ts'
import { serveControl } from './control.ts'
import { plainDirectives } from './directives.ts'
import type { ProviderName } from './provider.ts'
import { PROVIDERS } from './providers/all.ts'
import { serveProvider, type Surroundings } from './router.ts'

const MOUNTS: Record<ProviderName, string> = {
  openai: '/openai/v1',
  anthropic: '/anthropic',
  google: '/google',
  groq: '/groq/openai/v1',
  ollama: '/ollama',
  mistral: '/mistral/v1',
  cohere: '/cohere',
  deepseek: '/deepseek',
  azure: '/azure/openai/v1',
  openrouter: '/openrouter/api/v1',
}

/** What to set as each provider's base URL (`PROVIDER_BASE_URL_<NAME>`), for a simulator at `origin`. */
export function providerBaseUrls(origin: string): Record<ProviderName, string> {
  const base = origin.replace(/\/$/, '')
  return Object.fromEntries(Object.entries(MOUNTS).map(([name, mount]) => [name, base + mount])) as Record<ProviderName, string>
}

export interface SimulatorOptions {
  /** 0, the default, takes a free port. */
  port?: number
  /** Default 127.0.0.1. */
  host?: string
  /** Appended to, one JSON line per ledger entry. */
  ledgerFile?: string
  /** Ledger entries held in memory; totals are exact beyond it. Default 200 000. */
  ledgerKeep?: number
  /** Delay before an answer and between the chunks of a stream, for requests that say nothing themselves. Default 0. */
  latencyMs?: number
  chunkMs?: number
}

export interface Simulator {
  origin: string
  port: number
  /** Base URL of each provider on this simulator. */
  baseUrls: Record<ProviderName, string>
  ledger: () => LedgerEntry[]
  totals: () => ReturnType<Surroundings['ledger']['totals']>
  clearLedger: () => void
  /** Calls per provider, route and status, free ones included. */
  calls: () => Record<string, number>
  /** Breaks open connections and frees the port. */
  close: () => Promise<void>
}

/** Starts a simulator of the ten providers. Rejects when the port is taken or the ledger file cannot be opened. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const ledger = openLedger({ keep: options.ledgerKeep ?? 200_000, file: options.ledgerFile })
  const around: Surroundings = {
    providers: new Map(PROVIDERS.map((provider) => [provider.name, provider])),
    ledger,
    defaults: plainDirectives(options),
    counts: new Map(),
  }
  const server = createServer((req, res) => {
    const target = req.url ?? '/'
    if (target.startsWith('/_sim/')) return serveControl(req, res, target, around)
    serveProvider(req, res, target, around).catch((error: unknown) => {
      process.stderr.write(`simulator fault: ${error instanceof Error ? error.stack : String(error)}\n`)
      res.destroy()
    })
  })
  // Longer than the idle time of common clients, so that the client's side closes first and no request meets a closing socket.
  server.keepAliveTimeout = 120_000
  const host = options.host ?? '127.0.0.1'
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      ledger.close()
      reject(error)
    })
    server.listen(options.port ?? 0, host, resolve)
  })
  const { port } = server.address() as AddressInfo
  const origin = `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  return {
    origin,
    port,
    baseUrls: providerBaseUrls(origin),
    ledger: () => ledger.entries(),
    totals: () => ledger.totals(),
    clearLedger: () => ledger.clear(),
    calls: () => Object.fromEntries(around.counts),
    async close() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
      ledger.close()
    },
  }
}
