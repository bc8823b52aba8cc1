import { gzipSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { useBrowser } from './support/browser.ts'
import { admin } from './support/people.ts'

const { open, openAs } = useBrowser()

/** First-load JavaScript of an empty page of the same Next.js, measured on a build with nothing but `<h1>`. */
const emptyPageBytes = 134_600
const budgetBytes = 80_000

/** The scripts that the page's own HTML asks for, compressed. */
async function firstLoadBytes(page: Page): Promise<number> {
  const html = await (await page.request.get(page.url())).text()
  const scripts = [...html.matchAll(/<script[^>]*\ssrc="([^"]+)"[^>]*>/g)]
    .filter(([tag]) => !/nomodule/i.test(tag))
    .map(([, src = '']) => src)
  const sizes = await Promise.all(
    [...new Set(scripts)].map(async (src) => gzipSync(await (await page.request.get(src)).body(), { level: 9 }).length),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

test('the sign-in page stays within its weight', async () => {
  expect((await firstLoadBytes(await open('/sign-in'))) - emptyPageBytes).toBeLessThanOrEqual(budgetBytes)
})

test.each(['/dashboard', '/system-keys', '/my-keys', '/agents', '/access-keys', '/quotas', '/groups'])(
  '%s stays within its weight',
  async (path) => {
    expect((await firstLoadBytes(await openAs(admin, path))) - emptyPageBytes).toBeLessThanOrEqual(budgetBytes)
  },
)

test('nothing is asked of another host', async () => {
  const page = await open('/sign-in')
  const hosts = new Set<string>()
  page.on('request', (request) => hosts.add(new URL(request.url()).host))
  await page.reload({ waitUntil: 'networkidle' })
  expect([...hosts]).toEqual([new URL(page.url()).host])
})
