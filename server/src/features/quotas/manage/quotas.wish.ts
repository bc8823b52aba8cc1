import type { Received } from '@llm-manager/contract/endpoint'
import { isAmountOf, type quotas } from '@llm-manager/contract/quotas'
import { say } from '../../../messages/messages.ts'
import type { Ctx } from '../../../platform/ctx.ts'
import { Failure } from '../../../platform/failure.ts'
import { nanosOfUsd } from '../../../platform/money.ts'
import type { LimitsTable } from '../limits.table.ts'

type Wish = Received<(typeof quotas)['create']>['body']

/** The amount that somebody asks for, in the unit that it is kept in. Throws `invalid_input` for one that its metric cannot have. */
export function keptAmount(ctx: Ctx, metric: LimitsTable['metric'], amount: number): bigint {
  if (isAmountOf(metric, amount)) return metric === 'cost' ? nanosOfUsd(amount) : BigInt(amount)
  const { locale } = ctx.request
  const reason =
    metric !== 'cost'
      ? say(locale, 'input_whole')
      : amount > usdMax
        ? say(locale, 'input_too_big', { maximum: usdMax })
        : say(locale, 'input_decimals')
  throw new Failure('invalid_input', 'invalid_input', { errors: [{ path: 'amount', reason }] })
}

/** The windows that somebody asks for. Throws `rule_broken` where they make no sense, `invalid_input` for a zone that there is none of. */
export function keptWindows({
  metric,
  window,
  timezone,
  anchor,
}: Wish): Pick<LimitsTable, 'window'> & { timezone: string; anchor: Date | null } {
  if (metric === 'parallel' && window !== 'total') throw new Failure('rule_broken', 'quota_parallel_total')
  if (anchor && window === 'total') throw new Failure('rule_broken', 'quota_total_unanchored')
  return { window, timezone: knownTimezone(timezone ?? 'UTC'), anchor: anchor ? new Date(anchor) : null }
}

/** The one spelling of an IANA time zone; an offset such as `+03:00` is no zone. */
function knownTimezone(timezone: string): string {
  try {
    if (/^[a-z]/i.test(timezone)) return new Intl.DateTimeFormat('en', { timeZone: timezone }).resolvedOptions().timeZone
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
  }
  throw new Failure('invalid_input', 'timezone_unknown', { values: { timezone } })
}

/** Thresholds in their order, each once. */
export function keptThresholds(thresholds: readonly number[]): number[] {
  return [...new Set(thresholds)].sort((a, b) => a - b)
}

/** The most that `Usd` of the contract takes. */
const usdMax = 1_000_000_000
