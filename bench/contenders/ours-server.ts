import { join } from 'node:path'
import { startProgram, type Place, type Program } from '../harness/programs.ts'

const PROGRAM = join(import.meta.dirname, '..', '..', 'server', 'src', 'main.ts')

type Ready = { type: 'ready'; apiUrl: string; setupUrl: string | null }
type Failed = { type: 'failed'; message: string }

/** A server of ours, with its own embedded PostgreSQL. */
export type OurServer = { program: Program; origin: string; setupUrl: string | null }

/** Starts the server on a data folder as `npm start` does, without the console, the mock in the place of OpenAI. */
export async function startOurServer(
  place: Place,
  dataDir: string,
  mockPort: number,
  logPath: string,
  nodeArgs: string[] = [],
): Promise<OurServer> {
  const env = {
    NODE_ENV: 'production',
    DATA_DIR: dataDir,
    API_PORT: '0',
    CONSOLE: 'off',
    PROVIDER_BASE_URL_OPENAI: `http://127.0.0.1:${mockPort}/v1`,
  }
  const program = startProgram(place, [...nodeArgs, PROGRAM, 'all'], env, logPath)
  const told = await program.hear(isWord).catch(async (error: unknown) => {
    await program.stop()
    throw error
  })
  if (told.type === 'ready') return { program, origin: told.apiUrl, setupUrl: told.setupUrl }
  await program.stop()
  throw new Error(`our server did not start: ${told.message}`)
}

function isWord(message: unknown): message is Ready | Failed {
  return typeof message === 'object' && message !== null && 'type' in message && (message.type === 'ready' || message.type === 'failed')
}
