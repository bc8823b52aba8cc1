import { groups } from '@llm-manager/contract/groups'
import { users } from '@llm-manager/contract/users'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newDatabase, startTestApi, type TestApi } from '../../../test/harness.ts'
import { openDb, unattended, type OpenDb } from '../../platform/db.ts'
import { newId } from '../../platform/ids.ts'
import { groupsChangedSince } from './groups.changes.ts'

let api: TestApi
let opened: OpenDb
beforeAll(async () => {
  api = await startTestApi()
  opened = openDb(api.databaseUrl)
})
afterAll(async () => {
  await opened.close()
  await api.close()
})

const nobody = '01890000-0000-7000-8000-000000000000'
const missing = { status: 404, code: 'not_found', message: 'Grupo não encontrado' }

/** Puts a limit on a group, as quotas would. */
async function limitOn(group: { id: string; tenant_id: string }, imposed = false): Promise<string> {
  const id = newId()
  await api.sql(
    `insert into limits (tenant_id, id, subject_type, subject_id, metric, "window", amount, imposed, created_at)
     values ($1, $2, 'group', $3, 'cost', 'total', 1, $4, now())`,
    [group.tenant_id, id, group.id, imposed],
  )
  return id
}
const statusOf = async (id: string) => (await api.sql<{ status: string }>('select status from limits where id = $1', [id]))[0]?.status

describe('groups', () => {
  test('are made, renamed, listed and retired', async () => {
    const made = await api.admin(groups.create, { body: { name: 'Atendimento' } })
    expect(made).toMatchObject({ tenant_id: api.admin.tenantId, name: 'Atendimento', members: 0, updated_at: null })
    expect(await api.admin(groups.get, { params: made })).toEqual(made)
    const renamed = await api.admin(groups.change, { params: made, body: { name: 'Suporte' } })
    expect(renamed).toMatchObject({ name: 'Suporte', updated_at: expect.any(String) })
    expect((await api.viewer(groups.list, {})).items).toContainEqual(renamed)
    await api.admin(groups.remove, { params: made })
    await expect(api.admin(groups.get, { params: made })).rejects.toMatchObject(missing)
    await expect(api.admin(groups.remove, { params: made })).rejects.toMatchObject(missing)
    expect((await api.admin(groups.list, {})).items.map(({ id }) => id)).not.toContain(made.id)
  })

  test('have names of their own in a tenant, whatever the case, until they are retired', async () => {
    const made = await api.admin(groups.create, { body: { name: 'Vendas' } })
    const taken = { status: 409, code: 'conflict', message: 'Já existe um grupo com este nome' }
    await expect(api.admin(groups.create, { body: { name: 'VENDAS' } })).rejects.toMatchObject(taken)
    const other = await api.admin(groups.create, { body: { name: 'Compras' } })
    await expect(api.admin(groups.change, { params: other, body: { name: 'vendas' } })).rejects.toMatchObject(taken)
    await api.stranger(groups.create, { body: { name: 'Vendas' } })
    await api.admin(groups.remove, { params: made })
    await api.admin(groups.create, { body: { name: 'Vendas' } })
  })

  test('are known to their own tenant, and to who administers the platform', async () => {
    const made = await api.admin(groups.create, { body: { name: 'Nossos' } })
    const foreign = [
      () => api.stranger(groups.get, { params: made }),
      () => api.stranger(groups.change, { params: made, body: { name: 'x' } }),
      () => api.stranger(groups.remove, { params: made }),
      () => api.stranger(groups.members, { params: made }),
      () => api.stranger(groups.addMember, { params: made, body: { user_id: api.stranger.userId } }),
      () => api.stranger(groups.removeMember, { params: { id: made.id, user_id: api.member.userId } }),
    ]
    for (const attempt of foreign) await expect(attempt()).rejects.toMatchObject(missing)
    expect((await api.stranger(groups.list, {})).items.map(({ id }) => id)).not.toContain(made.id)
    await expect(api.stranger(groups.list, { query: { tenant_id: api.admin.tenantId } })).rejects.toMatchObject({ status: 404 })
    await expect(api.stranger(groups.create, { body: { name: 'x', tenant_id: api.admin.tenantId } })).rejects.toMatchObject({ status: 404 })
    expect(await api.root(groups.change, { params: made, body: { name: 'Deles' } })).toMatchObject({ tenant_id: api.admin.tenantId })
    const byRoot = await api.root(groups.create, { body: { name: 'De cima', tenant_id: api.admin.tenantId } })
    expect(await api.admin(groups.get, { params: byRoot })).toEqual(byRoot)
    const ofOne = (await api.root(groups.list, { query: { tenant_id: api.admin.tenantId, limit: 200 } })).items
    expect(new Set(ofOne.map((group) => group.tenant_id))).toEqual(new Set([api.admin.tenantId]))
    expect(
      await api.sql('select action from audit_events where tenant_id = $1 and subject_id = $2', [byRoot.tenant_id, byRoot.id]),
    ).toEqual([{ action: 'group.created' }])
  })

  test('are listed page by page, oldest first', async () => {
    const admin = await api.newActor('admin', await api.newTenant('free'))
    for (const name of ['c', 'a', 'b']) await admin(groups.create, { body: { name } })
    const first = await admin(groups.list, { query: { limit: 2 } })
    const second = await admin(groups.list, { query: { limit: 2, cursor: first.next_cursor! } })
    expect([first, second].map(({ items }) => items.map(({ name }) => name))).toEqual([['c', 'a'], ['b']])
    expect(second.next_cursor).toBeNull()
  })
})

describe('the members of a group', () => {
  test('are users of its tenant, each once', async () => {
    const group = await api.admin(groups.create, { body: { name: 'Equipe' } })
    const added = await api.admin(groups.addMember, { params: group, body: { user_id: api.member.userId } })
    expect(added).toMatchObject({ user_id: api.member.userId, name: 'member', email: api.member.email })
    await expect(api.admin(groups.addMember, { params: group, body: { user_id: api.member.userId } })).rejects.toMatchObject({
      status: 409,
      message: 'Este usuário já está no grupo',
    })
    for (const stranger of [api.stranger.userId, api.root.userId, nobody])
      for (const actor of [api.admin, api.root])
        await expect(actor(groups.addMember, { params: group, body: { user_id: stranger } })).rejects.toMatchObject({
          status: 404,
          message: 'Usuário não encontrado',
        })
    await api.root(groups.addMember, { params: group, body: { user_id: api.viewer.userId } })
    expect(await api.admin(groups.get, { params: group })).toMatchObject({ members: 2 })
    const first = await api.viewer(groups.members, { params: group, query: { limit: 1 } })
    const rest = await api.viewer(groups.members, { params: group, query: { limit: 1, cursor: first.next_cursor! } })
    expect([...first.items, ...rest.items].map((member) => member.user_id).sort()).toEqual([api.member.userId, api.viewer.userId].sort())
    expect(rest.next_cursor).toBeNull()
  })

  test('leave, and come back', async () => {
    const group = await api.admin(groups.create, { body: { name: 'Vaivém' } })
    const params = { id: group.id, user_id: api.member.userId }
    const notIn = { status: 404, message: 'Este usuário não está no grupo' }
    await expect(api.admin(groups.removeMember, { params })).rejects.toMatchObject(notIn)
    await expect(api.admin(groups.removeMember, { params: { ...params, user_id: 'x' } })).rejects.toMatchObject(notIn)
    await api.admin(groups.addMember, { params: group, body: { user_id: api.member.userId } })
    await expect(api.stranger(groups.removeMember, { params })).rejects.toMatchObject(missing)
    await api.admin(groups.removeMember, { params })
    expect(await api.admin(groups.get, { params: group })).toMatchObject({ members: 0 })
    await api.admin(groups.addMember, { params: group, body: { user_id: api.member.userId } })
    expect(
      await api.sql('select action, before, after from audit_events where subject_id = $1 and action like $2 order by id', [
        group.id,
        'group.member%',
      ]),
    ).toEqual([
      { action: 'group.member_added', before: null, after: { user_id: api.member.userId } },
      { action: 'group.member_removed', before: { user_id: api.member.userId }, after: null },
      { action: 'group.member_added', before: null, after: { user_id: api.member.userId } },
    ])
  })

  test('stay listed when they are disabled or retired', async () => {
    const group = await api.admin(groups.create, { body: { name: 'Antigos' } })
    const leaver = await api.newActor('member', api.admin.tenantId)
    await api.admin(groups.addMember, { params: group, body: { user_id: leaver.userId } })
    await api.admin(users.change, { params: { id: leaver.userId }, body: { status: 'disabled' } })
    expect((await api.admin(groups.members, { params: group })).items).toMatchObject([{ user_id: leaver.userId }])
    await api.sql("update users set status = 'retired' where id = $1", [leaver.userId])
    expect((await api.admin(groups.members, { params: group })).items).toMatchObject([{ user_id: leaver.userId }])
  })
})

describe('what gateways read of a group', () => {
  test('is read again whenever its members or its standing change', async () => {
    const newest = async () => (await api.sql<{ last_value: string }>('select last_value from change_versions'))[0]!.last_value
    const changedBy = async (act: () => Promise<unknown>) => {
      const before = BigInt(await newest())
      await act()
      return (await groupsChangedSince(opened.db, before)).map(({ id, status, member_ids }) => ({ id, status, member_ids }))
    }
    const group = await api.admin(groups.create, { body: { name: 'Lidos' } })
    const { userId } = api.member
    const params = { id: group.id, user_id: userId }
    const there = { id: group.id, status: 'active', member_ids: [] as string[] }
    expect(await changedBy(() => api.admin(groups.addMember, { params: group, body: { user_id: userId } }))).toEqual([
      { ...there, member_ids: [userId] },
    ])
    expect(await changedBy(() => api.admin(groups.removeMember, { params }))).toEqual([there])
    expect(await changedBy(() => api.admin(groups.remove, { params: group }))).toEqual([{ ...there, status: 'retired' }])
    expect(await changedBy(async () => {})).toEqual([])
  })

  test('is one row a group, of every tenant, with all members', async () => {
    const fresh = openDb(await newDatabase())
    try {
      const now = new Date('2026-06-01T12:00:00Z')
      const [tenant, group, one, two] = [newId(), newId(), newId(), newId()]
      await unattended(fresh.db, async (tx) => {
        await tx.insertInto('tenants').values({ id: tenant, name: 'T', plan: 'free', created_at: now }).execute()
        for (const id of [two, one])
          await tx
            .insertInto('users')
            .values({ tenant_id: tenant, id, email: `${id}@example.com`, name: 'U', created_at: now })
            .execute()
        await tx.insertInto('groups').values({ tenant_id: tenant, id: group, name: 'G', created_at: now }).execute()
        for (const user_id of [two, one])
          await tx.insertInto('group_members').values({ tenant_id: tenant, group_id: group, user_id, created_at: now }).execute()
      })
      expect(await groupsChangedSince(fresh.db, 0n)).toEqual([
        { tenant_id: tenant, id: group, status: 'active', version: expect.any(BigInt), updated_at: null, member_ids: [one, two] },
      ])
    } finally {
      await fresh.close()
    }
  })
})

describe('retiring a group', () => {
  test('lifts its limits with it, and says so in the audit', async () => {
    const [group, other] = [
      await api.admin(groups.create, { body: { name: 'Com limite' } }),
      await api.admin(groups.create, { body: { name: 'Outro com limite' } }),
    ]
    const [ours, theirs] = [await limitOn(group), await limitOn(other)]
    await api.admin(groups.remove, { params: group })
    expect([await statusOf(ours), await statusOf(theirs)]).toEqual(['retired', 'active'])
    expect(await api.sql('select action, subject_id from audit_events where subject_id = any($1) order by id', [[group.id, ours]])).toEqual(
      [
        { action: 'group.created', subject_id: group.id },
        { action: 'group.retired', subject_id: group.id },
        { action: 'quota.removed', subject_id: ours },
      ],
    )
  })

  test('is no way around a limit that was set from above', async () => {
    const group = await api.admin(groups.create, { body: { name: 'Limitado de cima' } })
    const limit = await limitOn(group, true)
    await expect(api.admin(groups.remove, { params: group })).rejects.toMatchObject({ status: 403, code: 'forbidden' })
    expect(await api.admin(groups.get, { params: group })).toEqual(group)
    expect(await statusOf(limit)).toBe('active')
    await api.root(groups.remove, { params: group })
    expect(await statusOf(limit)).toBe('retired')
  })
})
