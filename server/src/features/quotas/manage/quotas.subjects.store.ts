import { sql, type RawBuilder } from 'kysely'
import type { Reader } from '../../../platform/db.ts'
import type { LimitsTable } from '../limits.table.ts'

/** What a limit is on. `owner_id`: whose it is, where it is one user's. `is_there`: not retired. */
export type SubjectRow = { tenant_id: string; id: string; name: string; owner_id: string | null; is_there: boolean }

/**
 * The subject of a kind that `is` picks by its tenant and id, as rows of one shape. Quotas stand before most of what they limit, so they
 * read those tables here, and only here.
 */
export function subjectsOf(type: RawBuilder<unknown>, is: (tenantId: RawBuilder<unknown>, id: RawBuilder<unknown>) => RawBuilder<unknown>) {
  const picked = (table: string, tenantColumn = 'tenant_id') => is(sql.ref(`${table}.${tenantColumn}`), sql.ref(`${table}.id`))
  return sql`
    select id as tenant_id, id, name, null::uuid as owner_id, status <> 'retired' as is_there
    from tenants where ${type} = 'tenant' and ${picked('tenants', 'id')}
    union all select tenant_id, id, name, null, status = 'active' from groups where ${type} = 'group' and ${picked('groups')}
    union all select tenant_id, id, name, id, status <> 'retired' from users where ${type} = 'user' and ${picked('users')}
    union all select tenant_id, id, name, owner_id, status = 'active' from agents where ${type} = 'agent' and ${picked('agents')}
    union all select access_keys.tenant_id, access_keys.id, access_keys.name, coalesce(access_keys.user_id, a.owner_id), true
    from access_keys left join agents a on a.tenant_id = access_keys.tenant_id and a.id = access_keys.agent_id
    where ${type} = 'access_key' and ${picked('access_keys')}
    union all select tenant_id, id, name, user_id, status <> 'retired'
    from provider_keys where ${type} = 'provider_key' and ${picked('provider_keys')}`
}

/** The subject that is to be limited, of one tenant or of any. */
export async function findSubject(
  db: Reader,
  tenantId: string | null,
  type: LimitsTable['subject_type'],
  id: string,
): Promise<SubjectRow | undefined> {
  const subjects = subjectsOf(sql`${type}::text`, (tenantColumn, idColumn) =>
    tenantId === null ? sql`${idColumn} = ${id}` : sql`${tenantColumn} = ${tenantId} and ${idColumn} = ${id}`,
  )
  const { rows } = await sql<SubjectRow>`select * from (${subjects}) as s where s.is_there`.execute(db)
  return rows[0]
}
