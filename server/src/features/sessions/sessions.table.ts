export type SessionsTable = {
  tenant_id: string
  id: string
  user_id: string
  kind: 'api' | 'console'
  secret_hash: Buffer | null
  user_agent: string | null
  ip: string | null
  created_at: Date
  last_seen_at: Date
  expires_at: Date
  revoked_at: Date | null
  revoked_reason: string | null
}

export type RefreshTokensTable = {
  tenant_id: string
  id: string
  session_id: string
  token_hash: Buffer
  created_at: Date
  expires_at: Date
  used_at: Date | null
}

export type SetupLinksTable = { tenant_id: string; id: string; token_hash: Buffer; created_at: Date; used_at: Date | null }

declare module '../../platform/db.ts' {
  interface Tables {
    sessions: SessionsTable
    refresh_tokens: RefreshTokensTable
    setup_links: SetupLinksTable
  }
}
