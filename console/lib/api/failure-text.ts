'use client'

import type { CallFailed } from '@llm-manager/contract/client'
import { useTranslations } from 'next-intl'

/** Failures that the console words itself: of the others the API says in the person's language what is wrong. */
const ownWords = ['unreachable', 'unavailable', 'unauthenticated', 'internal', 'too_many_requests'] as const
type OwnWords = (typeof ownWords)[number]

/** Turns a failed call into words for the person. */
export function useFailureText(): (failure: CallFailed) => string {
  const t = useTranslations('errors')
  return (failure) => (isOwnWords(failure.code) ? t(failure.code) : failure.message)
}

function isOwnWords(code: string): code is OwnWords {
  return (ownWords as readonly string[]).includes(code)
}
