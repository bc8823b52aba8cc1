export type Person = { email: string; password: string; name: string }

/** Provisioned with the stack. */
export const admin: Person = { email: 'ana@padariacentral.com.br', password: 'correct horse battery', name: 'Ana' }
/** Created by the suites that need somebody with fewer rights. */
export const member: Person = { email: 'bia@padariacentral.com.br', password: 'another long passphrase', name: 'Bia' }
