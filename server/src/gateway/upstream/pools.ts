import { Pool } from 'undici'
import type { Egress } from '../../platform/egress/egress.ts'
import type { GatewayBounds } from '../state.ts'

const connectionsMax = 256
const poolsMax = 512
const idleMs = 300_000
/** Well below the minute after which load balancers drop idle connections: a call must not meet one that is just closing. */
const keepAliveMs = 20_000
const sweepMs = 60_000

/** Connections to providers: a pool for each key, version of its secret, and origin, so that no connection carries two credentials. */
export type Pools = { poolFor(keyId: string, secretVersion: number, origin: string): Pool; close(): Promise<void> }

export function openPools(egress: Egress, bounds: GatewayBounds): Pools {
  const pools = new Map<string, { pool: Pool; usedAtMs: number }>()
  const sweeper = setInterval(sweep, sweepMs).unref()

  /** Those least recently used first; calls under way end in their own time. */
  function sweep(): void {
    const before = performance.now() - idleMs
    const sorted = [...pools].sort(([, a], [, b]) => a.usedAtMs - b.usedAtMs)
    for (const [name, { pool, usedAtMs }] of sorted) {
      if (usedAtMs > before && pools.size <= poolsMax) return
      pools.delete(name)
      pool.close().catch(() => {})
    }
  }

  return {
    poolFor(keyId, secretVersion, origin) {
      const name = `${keyId} ${secretVersion} ${origin}`
      let known = pools.get(name)
      if (!known) {
        const { connectTimeoutMs, headTimeoutMs: headersTimeout, idleTimeoutMs: bodyTimeout } = bounds
        const pool = new Pool(origin, {
          ...egress.poolOptions({ connectTimeoutMs }),
          connections: connectionsMax,
          pipelining: 1,
          keepAliveTimeout: keepAliveMs,
          headersTimeout,
          bodyTimeout,
          maxHeaderSize: 32 * 1024,
        })
        pools.set(name, (known = { pool, usedAtMs: 0 }))
        if (pools.size > poolsMax) sweep()
      }
      known.usedAtMs = performance.now()
      return known.pool
    },
    async close() {
      clearInterval(sweeper)
      await Promise.all([...pools.values()].map(({ pool }) => pool.destroy()))
    },
  }
}
