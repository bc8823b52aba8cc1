import { expect, test } from 'vitest'
import { watchFreshness } from './freshness.ts'

/** Keeps this process from running anything else. */
function stall(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until;);
}

function openBus(): { caughtUp: () => Promise<void>; asked: () => number; finish: () => void } {
  const runs: PromiseWithResolvers<void>[] = []
  return {
    caughtUp() {
      runs.push(Promise.withResolvers<void>())
      return runs.at(-1)!.promise
    },
    asked: () => runs.length,
    finish: () => runs.forEach(({ resolve }) => resolve()),
  }
}

test('who ran all the time acts on what it knows, at once', () => {
  const bus = openBus()
  const freshness = watchFreshness(bus)
  let acted = false
  freshness.act(() => (acted = true))
  expect(acted).toBe(true)
  expect(bus.asked()).toBe(0)
  freshness.close()
})

test('who could not run catches up first, whether it is asked before or after it has noticed', async () => {
  for (const notices of [false, true]) {
    const bus = openBus()
    const freshness = watchFreshness(bus)
    stall(700)
    if (notices) await new Promise((resolve) => setTimeout(resolve, 10))
    const acts: number[] = []
    freshness.act(() => acts.push(1))
    freshness.act(() => acts.push(2))
    await new Promise((resolve) => setTimeout(resolve, 10))
    expect(acts).toEqual([])
    expect(bus.asked()).toBe(1)
    bus.finish()
    await expect.poll(() => acts).toEqual([1, 2])
    freshness.act(() => acts.push(3))
    expect(acts).toEqual([1, 2, 3])
    freshness.close()
  }
})

test('while a change takes long to arrive nothing is done', async () => {
  const bus = openBus()
  const freshness = watchFreshness(bus)
  const caughtUp = freshness.catchUp()
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  let acted = false
  freshness.act(() => (acted = true))
  expect(acted).toBe(false)
  bus.finish()
  await caughtUp
  await expect.poll(() => acted).toBe(true)
  freshness.close()
})

test('who could not read a change tries once more before anything is done', async () => {
  const bus = openBus()
  let fails = true
  const freshness = watchFreshness({
    caughtUp() {
      if (!fails) return bus.caughtUp()
      fails = false
      return Promise.reject(new Error('the connection broke'))
    },
  })
  await expect(freshness.catchUp()).rejects.toThrow('the connection broke')
  let acted = false
  freshness.act(() => (acted = true))
  expect(acted).toBe(false)
  bus.finish()
  await expect.poll(() => acted).toBe(true)
  freshness.close()
})

test('a database that does not answer is not waited for without end', async () => {
  const freshness = watchFreshness({ caughtUp: () => new Promise(() => {}) })
  stall(700)
  await new Promise<void>((resolve) => freshness.act(resolve))
  freshness.close()
})
