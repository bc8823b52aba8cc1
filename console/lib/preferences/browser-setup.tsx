'use client'

import { setNonce } from 'get-nonce'
import { useTimeZone } from 'next-intl'
import { useRouter } from 'next/navigation'
import { useEffect } from 'react'
import { usePreferences } from './preferences-store.ts'

/** What the browser does once per page load: takes over the preferences, and lets the scroll lock write its style under the page's policy. */
export function BrowserSetup({ nonce }: { nonce: string | undefined }) {
  const adopt = usePreferences((preferences) => preferences.adopt)
  const router = useRouter()
  const drawnIn = useTimeZone()
  useEffect(() => {
    if (nonce) setNonce(nonce)
    adopt()
    if (drawnIn !== Intl.DateTimeFormat().resolvedOptions().timeZone) router.refresh()
  }, []) // once: the nonce and the policy are those of the first document
  return null
}
