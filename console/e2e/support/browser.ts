import { chromium } from 'playwright-core'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, inject } from 'vitest'
import type { Person } from './people.ts'

export type View = { width?: 1440 | 390; theme?: 'light' | 'dark'; locale?: 'pt-BR' | 'en' | 'es'; consoleUrl?: string; timezone?: string }

const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync']

let browser: Browser
let contexts: BrowserContext[] = []
let complaints: string[] = []

/**
 * A browser for the suite. After each test its pages are closed, and it fails when one of them complained: of an error
 * in a script, of something that the content security policy refused, or of a difference from what the server drew.
 */
export function useBrowser(): {
  open: (path: string, view?: View) => Promise<Page>
  openAs: (person: Person, path: string, view?: View) => Promise<Page>
} {
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium', args })
  })
  afterAll(() => browser.close())
  afterEach(async () => {
    await Promise.all(contexts.map((context) => context.close()))
    const heard = complaints
    contexts = []
    complaints = []
    expect(heard).toEqual([])
  })
  return { open, openAs }
}

async function open(
  path: string,
  { width = 1440, theme = 'light', locale = 'pt-BR', timezone = 'America/Sao_Paulo', consoleUrl = inject('consoleUrl') }: View = {},
): Promise<Page> {
  const phone = { isMobile: true, hasTouch: true, deviceScaleFactor: 2 }
  const context = await browser.newContext({
    baseURL: consoleUrl,
    locale,
    timezoneId: timezone,
    reducedMotion: 'reduce',
    viewport: { width, height: width === 390 ? 844 : 900 },
    ...(width === 390 && phone),
  })
  contexts.push(context)
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await context.addCookies([{ name: 'llm-theme', value: theme, url: consoleUrl }])
  const page = await context.newPage()
  page.setDefaultTimeout(15_000)
  page.on('pageerror', ({ message }) => complaints.push(message))
  page.on('console', (message) => {
    const isRefusedCall = message.text().startsWith('Failed to load resource')
    if (message.type() === 'error' && !isRefusedCall) complaints.push(message.text())
  })
  await page.goto(`/${locale}${path}`)
  return page
}

/** Opens a page as somebody: by way of the sign-in page, which leads back to it. */
async function openAs(person: Person, path: string, view: View = {}): Promise<Page> {
  const page = await open(path, view)
  await page.locator('input[name=email]').fill(person.email)
  await page.locator('input[name=password]').fill(person.password)
  await page.locator('button[type=submit]').click()
  await page.waitForURL((url) => !url.pathname.endsWith('/sign-in'))
  await page.waitForLoadState('networkidle')
  return page
}
