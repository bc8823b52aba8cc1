import type { Quota } from '../../_quotas/quota.ts'

/** Where the windows of a limit begin and end: calendar ones in the zone of the limit, all others as the person's clock shows them. */
export function zoneOfWindows({ window, anchor, timezone }: Pick<Quota, 'window' | 'anchor' | 'timezone'>, ownZone: string): string {
  const isCalendar = anchor === null && window !== 'minute' && window !== 'total'
  return isCalendar ? timezone : ownZone
}
