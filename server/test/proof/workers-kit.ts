import { Agent, request, type IncomingHttpHeaders, type RequestOptions } from 'node:http'
import { text } from 'node:stream/consumers'
import Anthropic from '@anthropic-ai/sdk'
import { accessKeys } from '@llm-manager/contract/access-keys'
import OpenAI from 'openai'
import { Agent as UndiciAgent, fetch as undiciFetch } from 'undici'
import { startSimulator, type Simulator } from '../../../simulator/src/simulator.ts'
import { newDatabase, type Actor } from '../harness.ts'
import { addSystemKeys, fixedSecrets, loadPrices, providersEnv, rootEmail, setUpRoot, signIn, type Provider } from './installation.ts'
import { endLeftovers, newDataDir, removeDataDir, startProcess, waitUntil, type ServerProcess } from './processes.ts'
import type { Clients } from './sdk-traffic.ts'

export const workerCount = 3

/** An installation with several gateway workers, over a database of its own. */
export type Works = {
  server: ServerProcess
  simulator: Simulator
  databaseUrl: string
  dataDir: string
  env: Record<string, string>
  root: Actor
  /** Starts it again, on the same data. */
  restart(): Promise<void>
  newKey(name: string): Promise<{ id: string; key: string }>
  /** The sum of a metric over its labels. */
  metric(name: string): Promise<number>
  /** Upstream attempts by worker. */
  callsByWorker(): Promise<number[]>
  /** Waits until nothing that was settled waits for the database. */
  settled(): Promise<void>
  close(): Promise<void>
}

export async function startWorks(providers: readonly Provider[], more: Record<string, string> = {}): Promise<Works> {
  const simulator = await startSimulator()
  const databaseUrl = await newDatabase()
  const dataDir = newDataDir()
  const env = {
    DATABASE_URL: databaseUrl,
    DATA_DIR: dataDir,
    GATEWAY_WORKERS: String(workerCount),
    ...fixedSecrets,
    ...providersEnv(simulator),
    ...more,
  }
  const server = await startProcess(env)
  const root = await setUpRoot(server)
  await loadPrices(root)
  await addSystemKeys(root, providers)
  simulator.clearLedger()
  const lines = async (name: string) => {
    const answer = await fetch(`${works.server.origin}/metrics`)
    const all = (await answer.text()).split('\n')
    return all.filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
  }
  const valueOf = (line: string) => Number(line.slice(line.lastIndexOf(' ') + 1))
  const works: Works = {
    server,
    simulator,
    databaseUrl,
    dataDir,
    env,
    root,
    async restart() {
      works.server = await startProcess(env)
      works.root = await signIn(works.server.origin, rootEmail)
    },
    newKey: (name) => works.root(accessKeys.create, { body: { name } }),
    metric: async (name) => (await lines(name)).reduce((sum, line) => sum + valueOf(line), 0),
    callsByWorker: async () => (await lines('llm_manager_gateway_worker_calls_total')).map(valueOf),
    async settled() {
      await waitUntil('no call is under way', async () => (await works.metric('llm_manager_gateway_open_calls')) === 0)
      await waitUntil('nothing waits in a journal', async () => (await works.metric('llm_manager_journal_waiting_events')) === 0)
    },
    async close() {
      await works.server.stop()
      await endLeftovers([dataDir])
      await simulator.close()
      removeDataDir(dataDir)
    },
  }
  return works
}

/**
 * The official packages on one connection of their own, which is closed with them: Node's `fetch` keeps the connections of everybody
 * together, and for as long as the server lets it.
 */
export function sdkClients(origin: string, key: string): Clients & { close(): Promise<void> } {
  const agent = new UndiciAgent({ connections: 1 })
  const fetchAlone = ((url: string, init: object) => undiciFetch(url, { ...init, dispatcher: agent })) as never
  return {
    openai: new OpenAI({ apiKey: key, baseURL: `${origin}/v1`, maxRetries: 0, fetch: fetchAlone }),
    anthropic: new Anthropic({ apiKey: key, baseURL: origin, maxRetries: 0, fetch: fetchAlone }),
    close: () => agent.close(),
  }
}

/** Until the answered function is called, what uses Node's `fetch` leaves no connection behind. */
export function fetchWithoutKeeping(): () => void {
  const kept = globalThis.fetch
  globalThis.fetch = (input, init) => {
    const headers = new Headers(init?.headers)
    headers.set('connection', 'close')
    return kept(input, { ...init, headers })
  }
  return () => {
    globalThis.fetch = kept
  }
}

export type Answered = { status: number; headers: IncomingHttpHeaders; body: string }

/** A client that keeps one connection and tries everything once, as plain as Node makes it. */
export type PlainClient = { send(path: string, options?: RequestOptions, body?: string): Promise<Answered>; close(): void }

export function plainClient(origin: string): PlainClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  return {
    send: (path, options = {}, body) =>
      new Promise((resolve, reject) => {
        const sent = request(origin + path, { agent, ...options }, (answer) => {
          const { statusCode: status = 0, headers } = answer
          text(answer).then((received) => resolve({ status, headers, body: received }), reject)
        })
        sent.on('error', reject)
        sent.end(body)
      }),
    close: () => agent.destroy(),
  }
}

/** One call of the gateway by a plain client. */
export function chat(client: PlainClient, key: string, content = 'hello', stream = false): Promise<Answered> {
  const body = JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content }], stream, max_tokens: 50 })
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
  return client.send('/v1/chat/completions', { method: 'POST', headers }, body)
}
