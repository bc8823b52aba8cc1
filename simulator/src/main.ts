import { startSimulator } from './simulator.ts'

function numberFrom(name: string, fallback: number): number {
  const text = process.env[name]
  if (text === undefined || text === '') return fallback
  const number = Number(text)
  if (!Number.isInteger(number) || number < 0) {
    process.stderr.write(`${name} must be a whole number, not "${text}"\n`)
    process.exit(2)
  }
  return number
}

const simulator = await startSimulator({
  port: numberFrom('SIMULATOR_PORT', 4100),
  host: process.env['SIMULATOR_HOST'] || '127.0.0.1',
  ledgerFile: process.env['SIMULATOR_LEDGER_FILE'] || undefined,
  latencyMs: numberFrom('SIMULATOR_LATENCY_MS', 0),
  chunkMs: numberFrom('SIMULATOR_CHUNK_MS', 0),
})

process.stdout.write(`simulator of the ten providers on ${simulator.origin}\n`)
for (const [name, url] of Object.entries(simulator.baseUrls)) process.stdout.write(`PROVIDER_BASE_URL_${name.toUpperCase()}=${url}\n`)

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void simulator.close().then(() => process.exit(0))
  })
}
