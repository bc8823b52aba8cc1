import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { root, run, runVitest } from './run.ts'
import { NOTHING, type Tally } from './tally.ts'

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/**
 * Runs the console's browser suite on the Chromium of this machine, which is installed by the system's package manager
 * where we may. Where there is none the suite counts as skipped, and it is said how to get one.
 */
export async function runBrowserSuite(filters: string[]): Promise<Tally> {
  const config = 'console/e2e/vitest.config.ts'
  if (!existsSync(join(root, config))) {
    console.log(`there is no ${config}: nothing to run`)
    return { ...NOTHING, skipped: 1 }
  }
  const chromium = findChromium() ?? (await installChromium())
  if (chromium === null) {
    console.log('no Chromium: the browser suite is skipped. Install one (Debian: apt-get install chromium) or name it with CHROMIUM_PATH')
    return { ...NOTHING, skipped: 1 }
  }
  process.env.CHROMIUM_PATH = chromium
  return runVitest('browser', ['-c', config, ...filters])
}

function findChromium(): string | null {
  return [process.env.CHROMIUM_PATH, ...PLACES].find((path) => path !== undefined && existsSync(path)) ?? null
}

async function installChromium(): Promise<string | null> {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return null
  console.log('installing chromium with apt-get')
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const install = ['install', '-y', '-qq', '--no-install-recommends', 'chromium']
  if ((await run('apt-get', install, env)) !== 0 && (await run('apt-get', ['update', '-qq'], env)) === 0) await run('apt-get', install, env)
  return findChromium()
}
