import pg from 'pg'
import type { EventSink } from '../../../src/features/usage/events.drain.ts'
import type { CounterName, Keep, LeaseStore, Taken, Want } from '../../../src/features/quotas/leases/leases.store.ts'
import type { LeaseWord } from '../../../src/features/quotas/leases/accounts.ts'
import { ProcessDied, type Gates, type Passenger } from './gates.ts'

/** What a process says to the database. */
export const operations = ['renew', 'ensure', 'take', 'giveBack', 'tell', 'leave', 'drain', 'close', 'read'] as const
export type Operation = (typeof operations)[number]

/**
 * What goes wrong with a statement. `never`: the connection breaks before it arrives. `lost`: it happens, and the connection breaks
 * before the answer. `late`: the connection breaks, and then it happens. `undone`: the server says that it did not happen.
 */
export const mishaps = ['never', 'lost', 'late', 'undone'] as const
export type Mishap = (typeof mishaps)[number]

/** Mishaps that wait for the next such statement of a process. */
export type Faults = Map<Operation, Mishap[]>

/** `statement` surrounds what PostgreSQL does with what the model does about it. */
export type Line = {
  passenger: Passenger & { name: string }
  faults: Faults
  gates: Gates
  statement: <T>(run: () => Promise<T>, changes: boolean) => Promise<T>
  /** Told of whatever the database has refused to do. */
  onError: (error: unknown) => void
}

/** A lease store whose every statement, and every answer, waits for its turn on the way, and may not arrive. */
export function storeOnLine(own: LeaseStore, line: Line): LeaseStore {
  const over = <T>(operation: Operation, run: () => Promise<T>) => send(line, operation, run)
  return {
    renew: (epoch: string, termMs: number, takes: number) => over<boolean>('renew', () => own.renew(epoch, termMs, takes)),
    ensureCounters: (keys: CounterName[]) => over<void>('ensure', () => own.ensureCounters(keys)),
    take: (epoch: string, number: number, calls: Want[][]) => over<Taken>('take', () => own.take(epoch, number, calls)),
    giveBack: (epoch: string, rows: Keep[], tell: string | null) => over<LeaseWord[]>('giveBack', () => own.giveBack(epoch, rows, tell)),
    tell: (message: string) => over<void>('tell', () => own.tell(message)),
    leave: (epoch: string) => over<void>('leave', () => own.leave(epoch)),
    close: () => line.gates.io(() => own.close()),
  }
}

/** A sink whose every batch waits for its turn on the way, and may not arrive. */
export function sinkOnLine(own: EventSink, line: Line, inJob: () => boolean): EventSink {
  return {
    drain: (epoch, events) => send(line, 'drain', () => own.drain(epoch, events), inJob()),
    async close() {},
  }
}

/** The statements of a process that are on no session of their own. */
export function poolOnLine(own: pg.Pool, line: Line, inJob: () => boolean): Pick<pg.Pool, 'connect' | 'end'> {
  const connect = async () => {
    const client = await line.gates.io(() => own.connect())
    return {
      query: (text: string, values: unknown[]) =>
        send(line, text.includes('close_epoch') ? 'close' : 'read', () => client.query(text, values), inJob()),
      release: () => client.release(),
    }
  }
  return { connect, end: async () => {} } as unknown as pg.Pool
}

/** After these something is to be seen. */
const changing: Operation[] = ['renew', 'take', 'giveBack', 'leave', 'drain', 'close']

/** What is on its way arrives also when its sender is paused, or dies. */
const wire = (): Passenger => ({ isPaused: false, isDead: false, parked: [] })

async function send<T>(line: Line, operation: Operation, run: () => Promise<T>, inJob = false): Promise<T> {
  const { passenger, faults, gates, statement } = line
  if (passenger.isDead) throw new ProcessDied()
  const mishap = faults.get(operation)?.shift()
  const label = `${passenger.name} ${operation}`
  const happen = () => gates.io(() => statement(run, changing.includes(operation)))
  if (mishap === 'late') void gates.pass(wire(), `${label} late`).then(() => happen().catch(line.onError))
  else await gates.pass(wire(), label, inJob)
  const outcome = mishap === undefined || mishap === 'lost' ? await happen().then(answered, (error: unknown) => failed(line, error)) : null
  await gates.pass(passenger, `${label} answer`, inJob)
  if (mishap !== undefined) throw mishap === 'undone' ? undone() : new Error(`the connection was lost (${mishap})`)
  if (outcome && 'error' in outcome) throw outcome.error
  return outcome!.answer
}

const answered = <T>(answer: T) => ({ answer })

function failed({ onError }: Line, error: unknown) {
  onError(error)
  return { error }
}

export function undone(): pg.DatabaseError {
  return Object.assign(new pg.DatabaseError('canceling statement due to statement timeout', 0, 'error'), { code: '57014' })
}
