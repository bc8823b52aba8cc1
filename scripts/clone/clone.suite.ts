import { afterEach, expect, test } from 'vitest'
import { startSimulator, type Simulator } from '../../simulator/src/simulator.ts'
import { claimPort } from '../stack/ports.ts'
import {
  listProcesses,
  makeClone,
  pressCtrlC,
  removeClone,
  startClone,
  waitFor,
  whyNoRegistry,
  whyNoRepository,
  whyNotAs,
  type Clone,
} from './clone.ts'

const READY = 'Ctrl-C stops everything.'
const ORDINARY_UID = 65_534
const administrator = { email: 'ana@example.com', password: 'correct horse battery' }
let clone: Clone | null = null
let simulator: Simulator | null = null

afterEach(async () => {
  if (clone !== null) removeClone(clone)
  await simulator?.close()
  clone = null
  simulator = null
})

async function post(url: string, body: object, token?: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const headers = { 'content-type': 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

/** Uses the set-up link as a person's browser would, then creates a key and a wrong one, against the simulator. */
async function setUp(api: string, text: string): Promise<void> {
  const token = new URL(/https?:\/\/\S+\/setup\?token=\S+/.exec(text)?.[0] ?? '').searchParams.get('token')
  const first = await post(`${api}/api/setup`, { token, name: 'Ana', ...administrator })
  expect(first.status).toBe(201)
  expect(
    (await post(`${api}/api/setup`, { token, name: 'Eve', ...administrator, email: 'eve@example.com' })).status,
  ).toBeGreaterThanOrEqual(400)
  const access = String(first.body.access_token)
  const key = { provider: 'openai', usage_limit: 10, is_active: true }
  expect(await post(`${api}/api/llm/user/keys`, { ...key, api_key: 'sk-simulated-valid-0001' }, access)).toMatchObject({
    status: 201,
    body: { provider: 'openai', is_active: true },
  })
  expect((await post(`${api}/api/llm/user/keys`, { ...key, api_key: 'sk-invalid' }, access)).status).toBe(400)
}

async function proveClone(uid: number | null): Promise<void> {
  simulator = await startSimulator()
  clone = makeClone(uid)
  const [apiPort, consolePort] = [await claimPort('127.0.0.1', 0, ''), await claimPort('127.0.0.1', 0, '')]
  const env = { API_PORT: String(apiPort), CONSOLE_PORT: String(consolePort), PROVIDER_BASE_URL_OPENAI: simulator.baseUrls.openai }
  const [api, web] = [`http://localhost:${apiPort}`, `http://localhost:${consolePort}`]

  const first = startClone(clone, env)
  await waitFor(first, READY)
  expect(first.text()).toContain(web)
  expect(first.text()).toContain(api)
  expect((await fetch(`${api}/healthz`)).status).toBe(200)
  const page = await fetch(web)
  expect(page.status).toBe(200)
  expect(await page.text()).toContain('<html')
  await setUp(api, first.text())
  expect(await pressCtrlC(first)).toBe(0)
  expect(first.text()).toContain('\nstopped\n')
  expect(listProcesses(clone.folder)).toEqual([])

  const second = startClone(clone, env)
  await waitFor(second, READY)
  expect(second.text()).not.toContain('token=')
  expect(second.text()).not.toContain('building the console')
  expect((await post(`${api}/api/auth/login`, administrator)).status).toBe(200)
  expect(await pressCtrlC(second)).toBe(0)
  expect(listProcesses(clone.folder)).toEqual([])
  const times = [first, second].map(({ text }) =>
    text()
      .match(/(installed|built) in [\d.]+ s|ready \([\d.]+ s\)/g)
      ?.join(', '),
  )
  console.log(`first start: ${times[0]}; second: ${times[1]}`)
}

test('a fresh clone starts with one command, is set up by its link, stops cleanly and starts again', async (context) => {
  const reason = whyNoRepository() ?? whyNoRegistry()
  if (reason !== null) context.skip(reason)
  await proveClone(null)
})

test('the same as an ordinary user whose folder is closed to others', async (context) => {
  const reason = whyNotAs(ORDINARY_UID) ?? whyNoRepository() ?? whyNoRegistry()
  if (reason !== null) context.skip(reason)
  await proveClone(ORDINARY_UID)
})
