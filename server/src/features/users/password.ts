import { hash, verify } from '@node-rs/argon2'

/** OWASP's argon2id floor: 19 MiB, 2 passes, 1 lane; about 25 ms of a core. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

const lanes = 2
const waitingMax = 200
let busy = 0
const waiting: (() => void)[] = []

/** Too many sign-ins wait already; the caller answers 503. */
export class PasswordQueueFull extends Error {}

/** Two hashes at a time, so that a storm of sign-ins cannot take every core; past 200 waiting the next is turned away. */
async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (busy >= lanes) {
    if (waiting.length >= waitingMax) throw new PasswordQueueFull()
    await new Promise<void>((resolve) => waiting.push(resolve))
  }
  busy++
  try {
    return await work()
  } finally {
    busy--
    waiting.shift()?.()
  }
}

/** The PHC string of a password. */
export function hashPassword(password: string): Promise<string> {
  return inTurn(() => hash(password.normalize('NFKC'), cost))
}

let decoy: Promise<string> | null = null

/** Whether a password is the one of the hash; for a user that is not there it works as long and says no. */
export async function checkPassword(passwordHash: string | null, password: string): Promise<boolean> {
  decoy ??= hashPassword('nobody has this password')
  const against = passwordHash ?? (await decoy)
  const matches = await inTurn(() => verify(against, password.normalize('NFKC')))
  return matches && passwordHash !== null
}
