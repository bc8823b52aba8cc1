import { setImmediate as turn } from 'node:timers/promises'
import { bigintMax, type CounterKey } from '../quotas/ledger.ts'
import { tokenColumns, type HeldLimit, type SettledEvent } from './events.record.ts'

/** An event and where in the journal its settlement ends; null for one that has no settlement there. */
export type JournaledEvent = { event: SettledEvent; position: number | null }

/** What the events of a batch have used of one counter, in the unit of its limit. */
export type Usage = CounterKey & { amount: bigint }

/** Events, and the same as `copy` reads them, in pieces, with all that they count in. */
export type Batch = { events: Iterable<JournaledEvent>; lines: Buffer[]; counters: Usage[] }

const eventColumns = [
  'tenant_id',
  'admitted_at',
  'id',
  'operation_id',
  'attempt',
  'access_key_id',
  'user_id',
  'agent_id',
  'provider_key_tenant_id',
  'provider_key_id',
  'provider',
  'model',
  'endpoint',
  'stream',
  'outcome',
  'error_source',
  'error_code',
  'http_status',
  ...tokenColumns,
  'cost_nanos',
  'reserved_nanos',
  'price',
  'estimated',
  'unresolved',
  'duration_ms',
  'first_byte_ms',
  'request_id',
  'raw_usage',
] as const satisfies (keyof SettledEvent)[]

/** The columns of a line, in its order. */
export const lineColumns = [...eventColumns, 'journal_position', 'counters', 'amounts'] as const

/** So many events are made into lines before whatever else the process does has its turn. */
const eventsInTurn = 200
/** What PostgreSQL takes in no text and no JSON: a zero byte, half of a surrogate pair. */
const unstorable = /\0|\\u0000|\\u[dD][89a-fA-F]|[\ud800-\udfff]/u
const integerMax = 2 ** 31 - 1

type Counters = Map<string, Usage & { place: number }>

/** Makes a batch of events; numbers that no column holds stop at what it holds. `arePlain`: with no more than the accounts need. */
export async function batchOf(events: Iterable<JournaledEvent>, arePlain = false): Promise<Batch> {
  const counters: Counters = new Map()
  const lines: Buffer[] = []
  let text = ''
  let count = 0
  for (const { event, position } of events) {
    const fields = arePlain ? fieldsOf(plain(event)) : storableFieldsOf(event)
    text += `${fields}${position ?? '\\N'}\t${countIn(counters, event)}\n`
    if (++count % eventsInTurn !== 0) continue
    lines.push(Buffer.from(text))
    text = ''
    await turn()
  }
  if (text !== '') lines.push(Buffer.from(text))
  return { events, lines, counters: [...counters.values()] }
}

function storableFieldsOf(event: SettledEvent): string {
  const fields = fieldsOf(event)
  return unstorable.test(fields) ? fieldsOf(plain(event)) : fields
}

function fieldsOf(event: SettledEvent): string {
  let fields = ''
  for (const column of eventColumns) fields += `${fieldOf(column, event[column])}\t`
  return fields
}

function fieldOf(column: (typeof eventColumns)[number], value: SettledEvent[(typeof eventColumns)[number]]): string {
  if (value === null) return '\\N'
  if (typeof value === 'number')
    return String(Math.trunc(Math.min(value, column.startsWith('tokens_') ? Number.MAX_SAFE_INTEGER : integerMax)))
  if (typeof value === 'boolean') return value ? 't' : 'f'
  if (column === 'cost_nanos' || column === 'reserved_nanos') return fitted(value as string)
  return escaped(typeof value === 'string' ? value : JSON.stringify(value))
}

const escapes: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }

function escaped(text: string): string {
  return text.replace(/[\\\t\n\r]/g, (character) => escapes[character]!)
}

/** Adds an event to the counters of its limits; answers the last two fields of its line. */
function countIn(counters: Counters, event: SettledEvent): string {
  const places: number[] = []
  const amounts: bigint[] = []
  for (const held of event.limits) {
    const amount = amountOf(event, held)
    // A cost of nothing is entered too: should it be corrected, it counts where it was settled.
    if (amount === 0n && held.metric !== 'cost') continue
    const { tenant_id, limit_id, window_start } = held
    const name = `${limit_id} ${window_start}`
    let counter = counters.get(name)
    if (!counter) counters.set(name, (counter = { tenant_id, limit_id, window_start, amount: 0n, place: counters.size + 1 }))
    counter.amount += amount
    places.push(counter.place)
    amounts.push(amount)
  }
  return `{${places.join()}}\t{${amounts.join()}}`
}

/** What an event has used of a limit; where nobody knows, what was reserved. */
function amountOf(event: SettledEvent, { metric, reserved }: HeldLimit): bigint {
  if (metric === 'cost') return BigInt(fitted(event.cost_nanos ?? '0'))
  if (metric === 'tokens') return event.unresolved ? BigInt(fitted(reserved)) : tokensOf(event)
  return metric === 'requests' ? 1n : 0n
}

function tokensOf(event: SettledEvent): bigint {
  let sum = 0n
  for (const column of tokenColumns) if (event[column] !== 0) sum += BigInt(whole(event[column], Number.MAX_SAFE_INTEGER))
  return sum
}

function whole(count: number, most: number): number {
  return Math.trunc(Math.min(count, most))
}

function plain(event: SettledEvent): SettledEvent {
  const { model, request_id, error_code } = event
  return {
    ...event,
    model: ascii(model),
    request_id: ascii(request_id),
    error_code: error_code && ascii(error_code),
    raw_usage: null,
  }
}

function ascii(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 200)
}

/** An amount that its column can hold. */
function fitted(amount: string): string {
  return amount.length > 18 && BigInt(amount) > bigintMax ? String(bigintMax) : amount
}
