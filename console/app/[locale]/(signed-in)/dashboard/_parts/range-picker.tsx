'use client'

import { useTranslations } from 'next-intl'
import { rangeIds } from '#lib/range.ts'
import type { RangeId } from '#lib/range.ts'
import { Segmented } from '#ui/form/segmented.tsx'
import { useFormat } from '#ui/figure/use-format.ts'
import { useNow } from '#ui/figure/now.tsx'

/** The span of every figure on the page, and the zone its hours and days are those of. */
export function RangePicker({ range, onChange }: { range: RangeId; onChange: (range: RangeId) => void }) {
  const t = useTranslations('dashboard')
  const format = useFormat()
  const zone = format.zone(useNow())
  return (
    <div className="flex items-center gap-3">
      <span className="text-xs text-faint" data-hint={format.timeZone}>
        {zone}
      </span>
      <Segmented
        label={t('range')}
        value={range}
        options={rangeIds.map((value) => ({ value, label: t(`ranges.${value}`) }))}
        onChange={onChange}
      />
    </div>
  )
}
