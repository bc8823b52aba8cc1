import { sessions } from '@llm-manager/contract/sessions'
import { bind } from '../../platform/bind.ts'
import { refreshSession } from './refresh.ts'
import { exchangeConsoleSession, getMe, listSessions, logIn, logOut, openConsoleSession, revokeSession } from './sessions.ts'
import { setUp } from './setup.ts'

export const sessionRoutes = bind('sessions', sessions, {
  logIn,
  openConsoleSession,
  exchangeConsoleSession,
  refresh: refreshSession,
  logOut,
  me: getMe,
  list: listSessions,
  revoke: revokeSession,
  setUp,
})
