import type { Metadata } from 'next'
import { getLocale, getTranslations } from 'next-intl/server'
import { redirect } from 'next/navigation'
import { safeReturnPath } from '#lib/paths.ts'
import { findSignedIn } from '#lib/session/console-session.ts'
import { SignInForm } from './_parts/sign-in-form.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('signIn'))('title') }
}

export default async function SignInPage({ searchParams }: { searchParams: Promise<{ return?: string | string[] }> }) {
  const { return: asked } = await searchParams
  const returnPath = safeReturnPath(typeof asked === 'string' ? asked : null)
  if (await findSignedIn().catch(() => null)) redirect(`/${await getLocale()}${returnPath}`)
  return <SignInForm returnPath={returnPath} isReturning={typeof asked === 'string'} />
}
