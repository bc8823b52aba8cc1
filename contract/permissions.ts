/** Every permission there is, as `resource:action`. A route names one of these, or says that it is public or for anyone signed in. */
export const permissions = [
  'tenants:read',
  'tenants:write',
  'users:read',
  'users:write',
  'system_keys:read',
  'system_keys:write',
  'user_keys:read',
  'user_keys:write',
  'agents:read',
  'agents:write',
  'access_keys:read',
  'access_keys:write',
  'prices:read',
  'prices:write',
  'quotas:read',
  'quotas:write',
  'groups:read',
  'groups:write',
  'usage:read',
  'usage:correct',
  'status:read',
] as const

export type Permission = (typeof permissions)[number]

/** Who may call an endpoint: `public` anyone, `signed_in` any user of an active tenant, else whoever holds the permission. */
export type Access = 'public' | 'signed_in' | Permission

/** How far a role reaches: the user's own things, the user's tenant, or every tenant. */
export type Scope = 'own' | 'tenant' | 'all'

export const roleNames = ['platform_admin', 'admin', 'member', 'viewer'] as const
export type RoleName = (typeof roleNames)[number]

const own: Permission[] = [
  'user_keys:read',
  'user_keys:write',
  'agents:read',
  'agents:write',
  'access_keys:read',
  'access_keys:write',
  'usage:read',
  'status:read',
  'prices:read',
  'quotas:read',
]

/** The built-in roles (INTERFACE: everything in all tenants; everything in its tenant; own things; reads its tenant, nothing secret). */
export const roles: Record<RoleName, { scope: Scope; permissions: readonly Permission[] }> = {
  platform_admin: { scope: 'all', permissions },
  admin: {
    scope: 'tenant',
    permissions: permissions.filter((permission) => !permission.startsWith('tenants:') || permission === 'tenants:read'),
  },
  member: { scope: 'own', permissions: own },
  viewer: {
    scope: 'tenant',
    permissions: permissions.filter((permission) => permission.endsWith(':read') && permission !== 'tenants:read'),
  },
}
