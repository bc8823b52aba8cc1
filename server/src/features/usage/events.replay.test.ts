import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { newId } from '../../platform/ids.ts'
import { journaled, openDrains, type Drains } from './drain.fixture.ts'
import type { SettledEvent } from './events.record.ts'

/** Whatever comes a second time, in whatever part and order, is in the accounts once. */

let drains: Drains
const undo: (() => Promise<unknown>)[] = []
const epoch = newId()
beforeEach(async () => {
  drains = await openDrains()
})
afterEach(async () => {
  await drains.close()
  for (const step of undo.reverse().splice(0)) await step()
})

/** Ten events of 1, 2, 4 … 512 nano-dollars: each sum says which of them are in it. */
const tenEvents = () => Array.from({ length: 10 }, (_, index) => drains.event({ cost_nanos: String(2 ** index) }))

async function sums(): Promise<Record<string, number>> {
  const { rows } = await drains.client.query<Record<string, bigint>>(
    `select (select count(*) from usage_events) as events, (select sum(cost_nanos) from usage_events) as cost,
      (select sum(amount) from ledger_entries) as entries, (select sum(posted) from limit_counters) as posted,
      (select sum(cost_nanos) from usage_rollups) as rollups, (select sum(requests) from usage_rollups) as requests,
      (select sum(position) from journal_positions) as position`,
  )
  return Object.fromEntries(Object.entries(rows[0]!).map(([name, value]) => [name, Number(value)]))
}

const all = { events: 10, cost: 1023, entries: 1023, posted: 1023, rollups: 1023, requests: 10, position: 10 }

const replays: Record<string, (events: SettledEvent[]) => { event: SettledEvent; position: number | null }[]> = {
  'the whole batch': (events) => journaled(events),
  'its first half': (events) => journaled(events).slice(0, 5),
  'its second half': (events) => journaled(events).slice(5),
  'all of it in another order': (events) => journaled(events).toReversed(),
  'every event twice': (events) => [...journaled(events), ...journaled(events)],
  'all of it without positions': (events) => events.map((event) => ({ event, position: null })),
  'half of it without positions, in another order': (events) =>
    events
      .slice(3, 8)
      .toReversed()
      .map((event) => ({ event, position: null })),
}

test.each(Object.keys(replays))('%s again changes nothing', async (name) => {
  const events = tenEvents()
  const sink = drains.sink()
  await sink.drain(epoch, journaled(events))
  await sink.drain(epoch, replays[name]!(events))
  expect(await sums()).toEqual(all)
})

test.each(Object.keys(replays))('%s from the journal of another life changes nothing', async (name) => {
  const events = tenEvents()
  const sink = drains.sink()
  await sink.drain(epoch, journaled(events))
  await sink.drain(newId(), replays[name]!(events))
  expect(await sums()).toMatchObject({ ...all, position: expect.any(Number) })
})

test('an event that is in one batch twice is in the accounts once', async () => {
  const events = tenEvents()
  await drains.sink().drain(epoch, [...journaled(events), ...journaled(events)])
  expect(await sums()).toEqual(all)
})

test('of a batch of which a part is there, the rest is brought', async () => {
  const events = tenEvents()
  const sink = drains.sink()
  await sink.drain(epoch, journaled(events.slice(0, 4)))
  await sink.drain(newId(), journaled(events.slice(6), 7))
  expect(await sums()).toMatchObject({ events: 8, cost: 15 + 960, posted: 15 + 960, rollups: 15 + 960 })
  await sink.drain(epoch, journaled(events).toReversed())
  expect(await sums()).toMatchObject({ ...all, position: 20 })
})

test('what is not behind the position of its journal is not booked, even where its event is not there any more', async () => {
  const events = tenEvents()
  const sink = drains.sink()
  await sink.drain(epoch, journaled(events))
  await drains.client.query('delete from usage_events')
  await sink.drain(epoch, journaled(events))
  expect(await sums()).toMatchObject({ events: 0, posted: 1023, rollups: 1023, requests: 10 })
})

test('after its epoch was closed nothing of a journal is booked by its positions', async () => {
  const events = tenEvents()
  const sink = drains.sink()
  await sink.drain(epoch, journaled(events.slice(0, 5)))
  await drains.client.query('select close_epoch($1)', [epoch])
  await sink.drain(epoch, journaled(events))
  expect(await sums()).toMatchObject({ events: 5, posted: 31 })
})

test('a batch whose commit was answered by nothing but a broken connection is in the accounts once, however often it comes', async () => {
  const line = await openLine(drains.url)
  const sink = drains.sink(line.url)
  const events = tenEvents()
  await sink.drain(epoch, journaled(events.slice(0, 2)))
  line.loseNextCommit()
  await expect(sink.drain(epoch, journaled(events.slice(2), 3))).rejects.toThrow('Connection terminated')
  expect(line.lost()).toBe(1)
  expect(await sums()).toEqual(all)
  line.loseNextCommit()
  await expect(sink.drain(epoch, journaled(events.slice(2), 3))).rejects.toThrow('Connection terminated')
  const { counters } = await sink.drain(epoch, journaled(events.slice(2), 3))
  // The process is told all that has arrived, by whichever of its attempts.
  expect(counters).toMatchObject([{ amount: 1020n }])
  expect(await sums()).toEqual(all)
})

test('a batch that the database did not get is brought by the next attempt', async () => {
  const line = await openLine(drains.url)
  const sink = drains.sink(line.url)
  const events = tenEvents()
  await sink.drain(epoch, journaled(events.slice(0, 2)))
  line.cut()
  const rest = journaled(events.slice(2), 3)
  await expect(sink.drain(epoch, rest)).rejects.toThrow()
  expect(await sums()).toMatchObject({ events: 2, posted: 3 })
  await sink.drain(epoch, rest)
  expect(await sums()).toEqual(all)
})

/** A line to the database that loses the answer to a commit when it is told to. */
async function openLine(databaseUrl: string) {
  const url = new URL(databaseUrl)
  const folder = url.searchParams.get('host')
  const port = Number(url.searchParams.get('port') ?? url.port)
  let losesNext = false
  let lost = 0
  const open = new Set<Socket>()
  const server = createServer((near) => {
    const far = folder ? connect(join(folder, `.s.PGSQL.${port}`)) : connect(port, url.hostname)
    const both = [near, far]
    const end = () => both.forEach((socket) => (open.delete(socket), socket.destroy()))
    for (const socket of both) open.add(socket.on('error', end).on('close', end))
    near.on('data', (sent) => far.write(sent))
    far.on('data', (answer) => {
      if (losesNext && answer.includes('COMMIT\0')) {
        losesNext = false
        lost++
        end()
      } else near.write(answer)
    })
  })
  const dir = mkdtempSync(join(tmpdir(), 'line-'))
  await new Promise<void>((resolve) => server.listen(join(dir, '.s.PGSQL.5432'), resolve))
  const cut = () => open.forEach((socket) => socket.destroy())
  undo.push(async () => {
    cut()
    server.close()
    rmSync(dir, { recursive: true })
  })
  url.searchParams.set('host', dir)
  url.searchParams.set('port', '5432')
  return { url: url.toString(), cut, loseNextCommit: () => (losesNext = true), lost: () => lost }
}
