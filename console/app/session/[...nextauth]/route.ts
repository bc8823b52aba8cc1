import NextAuth from 'next-auth'
import { NextResponse } from 'next/server'
import type { NextRequest } from 'next/server'
import { authOptions } from '#server/auth-options.ts'
import { consoleConfig } from '#server/console-config.ts'

type Context = { params: Promise<{ nextauth: string[] }> }

/** The only parts of next-auth that the console uses; the pages it would draw itself do not exist. */
const open = { GET: new Set(['csrf']), POST: new Set(['callback/password', 'callback/setup', 'signout']) }

async function handle(request: NextRequest, context: Context): Promise<Response> {
  const { nextauth } = await context.params
  if (!open[request.method as keyof typeof open]?.has(nextauth.join('/'))) return NextResponse.json({ code: 'not_found' }, { status: 404 })
  return (await NextAuth(authOptions(consoleConfig()))(request, { params: { nextauth } })) as Response
}

export { handle as GET, handle as POST }
