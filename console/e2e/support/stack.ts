import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, startProgram, startServer } from './processes.ts'
import type { Running } from './processes.ts'

export type Stack = Running & { consoleUrl: string; apiUrl: string; setupUrl: string | null }

/** Builds the console unless it is built of these very sources. */
export async function buildConsole(): Promise<void> {
  const build = `import { buildConsole } from './scripts/stack/console-build.ts'
    await buildConsole(process.cwd(), (line) => process.stderr.write(line + '\\n'), new AbortController().signal)
    process.stdout.write('built')`
  await startProgram(['--input-type=module', '-e', build], {}, /built$/)
}

/** The ten providers, as addresses for the server's environment. */
export async function startSimulator(): Promise<Running & { env: Record<string, string> }> {
  const { said, stop } = await startProgram(['simulator/src/main.ts'], { SIMULATOR_PORT: '0' }, /PROVIDER_BASE_URL_OPENROUTER=\S+\n/)
  return {
    env: Object.fromEntries([...said.matchAll(/(PROVIDER_BASE_URL_\w+)=(\S+)/g)].map(([, name = '', url = '']) => [name, url])),
    stop,
  }
}

/** A server on a fresh database, and the console before it. */
export async function startStack(env: Record<string, string>): Promise<Stack> {
  const dataDir = mkdtempSync(join(tmpdir(), 'llm-console-e2e-'))
  const [apiPort, consolePort] = [await freePort(), await freePort()]
  const server = await startServer({
    ...env,
    DATA_DIR: join(dataDir, 'data'),
    API_PORT: String(apiPort),
    CONSOLE_PORT: String(consolePort),
  })
  const settings = { API_URL: server.apiUrl, CONSOLE_PORT: String(consolePort), SESSION_SECRET: 'e2e'.repeat(12) }
  const console = await startProgram(['console/server.mjs'], settings, /Console: /)
  return {
    consoleUrl: `http://localhost:${consolePort}`,
    apiUrl: server.apiUrl,
    setupUrl: server.setupUrl,
    stop: async () => {
      await console.stop()
      await server.stop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
