import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { startSimulator } from '../simulator/src/simulator.ts'
import { startTraffic } from './demo/traffic.ts'
import { runStack } from './stack/stack.ts'

const root = join(import.meta.dirname, '..')
const email = 'demo@llm-manager.example'
const password = 'demonstração aberta'
const dataDir = process.env.DATA_DIR ?? join(root, 'demo-data')

/** `npm run demo`: the product on a data folder of its own, ten simulated providers, three tenants, two weeks of history and live traffic. */
const simulator = await startSimulator({ latencyMs: 250, chunkMs: 15 })
const baseUrls = Object.fromEntries(
  Object.entries(simulator.baseUrls).map(([name, url]) => [`PROVIDER_BASE_URL_${name.toUpperCase()}`, url]),
)
const env = { LOG_LEVEL: 'warn', ...process.env, ...baseUrls, DATA_DIR: dataDir, ADMIN_EMAIL: email, ADMIN_PASSWORD: password }

let stopTraffic = (): void => {}
try {
  console.log(`demonstration data in ${dataDir}; ten simulated providers at ${simulator.origin}`)
  if ((await seed()) !== 0) process.exitCode = 1
  else process.exitCode = await runStack({ isDev: false, env, whenReady, whenStopping: async () => stopTraffic() })
} finally {
  await simulator.close()
}

async function whenReady({ api }: { api: string }): Promise<void> {
  stopTraffic = startTraffic(api, join(dataDir, 'demo.json'))
  console.log(`sign in as ${email} with the password "${password}"; or as marina@aurora.example (one tenant), same password`)
}

async function seed(): Promise<number> {
  const command = [join(root, 'server', 'src', 'cli.ts'), 'demo', 'seed', join(root, 'simulator', 'prices.json')]
  const child = spawn(process.execPath, command, { env, stdio: 'inherit' })
  const [code] = (await once(child, 'exit')) as [number | null]
  return code ?? 1
}
