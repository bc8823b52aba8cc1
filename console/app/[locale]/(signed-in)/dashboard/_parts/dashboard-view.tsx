'use client'

import { useTranslations } from 'next-intl'
import { parseAsStringLiteral, useQueryState } from 'nuqs'
import { lazyPart } from '#lib/lazy-part.tsx'
import { rangeIds } from '#lib/range.ts'
import { Card } from '#ui/layout/card.tsx'
import { PageHeader } from '#ui/layout/page.tsx'
import { AttentionCard } from './trouble/attention-card.tsx'
import { ErrorsCard } from './trouble/errors-card.tsx'
import { LineSkeletons } from './trouble/line-skeletons.tsx'
import { FirstSteps } from './first-steps.tsx'
import { KeyFigures } from './figures/key-figures.tsx'
import { ModelsCard } from './figures/models-card.tsx'
import { RangePicker } from './range-picker.tsx'
import { StatusStrip } from './health/status-strip.tsx'
import { CostChart, RequestsChart, TokensChart } from './figures/usage-charts.tsx'

const LimitsCard = lazyPart(() => import('./trouble/limits-card.tsx').then(({ LimitsCard }) => LimitsCard), <LimitsShape />)

/** In five seconds: is it healthy, what is used, what is wrong, who is near a limit, what needs me. */
export function DashboardView() {
  const t = useTranslations('dashboard')
  const [range, setRange] = useQueryState('range', parseAsStringLiteral(rangeIds).withDefault('24h'))
  return (
    <>
      <PageHeader
        title={t('title')}
        purpose={t('purpose')}
        action={<RangePicker range={range} onChange={(next) => void setRange(next)} />}
      />
      <div className="flex flex-col gap-4">
        <FirstSteps range={range} />
        <StatusStrip />
        <KeyFigures range={range} />
        <div className="grid gap-4 lg:grid-cols-2">
          <TokensChart range={range} />
          <RequestsChart range={range} />
        </div>
        <div className="grid gap-4 lg:grid-cols-2 xl:grid-cols-3">
          <ErrorsCard range={range} />
          <LimitsCard />
          <AttentionCard />
        </div>
        <div className="grid gap-4 lg:grid-cols-2">
          <CostChart range={range} />
          <ModelsCard range={range} />
        </div>
      </div>
    </>
  )
}

/** The shape of the card of limits until its parts are there. */
function LimitsShape() {
  return (
    <Card>
      <div className="h-11 border-b" />
      <LineSkeletons />
    </Card>
  )
}
