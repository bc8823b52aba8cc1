import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))

test('the program prints its base URLs, answers, and stops when told to', async () => {
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env['PATH'], SIMULATOR_PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    let printed = ''
    for await (const piece of child.stdout) {
      printed += String(piece)
      if (printed.includes('PROVIDER_BASE_URL_OPENROUTER')) break
    }
    const base = /PROVIDER_BASE_URL_OPENAI=(\S+)/.exec(printed)?.[1] ?? ''
    expect(base).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/openai\/v1$/)
    expect(printed.match(/PROVIDER_BASE_URL_/g)).toHaveLength(10)
    expect((await fetch(`${base}/models`, { headers: { authorization: 'Bearer some-good-key' } })).status).toBe(200)
  } finally {
    child.kill('SIGTERM')
  }
  const [code] = child.exitCode === null ? await once(child, 'exit') : [child.exitCode]
  expect(code).toBe(0)
})

test('a port that is no number refuses to start', async () => {
  const child = spawn(process.execPath, [MAIN], { env: { PATH: process.env['PATH'], SIMULATOR_PORT: 'many' }, stdio: 'ignore' })
  expect((await once(child, 'exit'))[0]).toBe(2)
})
