import type { ReactNode } from 'react'
import { Skeleton } from '../state/skeleton.tsx'

type StatProps = { label: string; value: ReactNode; /** The change, and against what. */ change?: ReactNode; note?: ReactNode }

/** One figure that matters. */
export function Stat({ label, value, change, note }: StatProps) {
  return (
    <div className="flex min-w-0 flex-col gap-1 p-4">
      <dt className="text-sm text-muted">{label}</dt>
      <dd className="flex flex-col gap-1">
        <span className="text-2xl font-semibold tracking-tight tabular-nums [overflow-wrap:anywhere] [&_data]:whitespace-normal">
          {value}
        </span>
        <span className="min-h-4 text-xs text-muted">{change}</span>
        {note && <span className="text-xs text-muted">{note}</span>}
      </dd>
    </div>
  )
}

export function StatSkeleton({ label }: { label: string }) {
  return <Stat label={label} value={<Skeleton className="my-1 h-6 w-28" />} change={<Skeleton className="mt-0.5 h-3 w-36" />} />
}
