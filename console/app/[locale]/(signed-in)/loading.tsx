import { Card } from '#ui/layout/card.tsx'
import { Skeleton, TableSkeleton } from '#ui/state/skeleton.tsx'

/** The shape of a list page, while the next one is on its way. */
export default function Loading() {
  return (
    <div aria-busy>
      <div className="flex flex-col gap-2 pb-5">
        <Skeleton className="h-6 w-44" />
        <Skeleton className="h-4 w-80 max-w-full" />
      </div>
      <Card>
        <div className="h-12 border-b" />
        <TableSkeleton />
      </Card>
    </div>
  )
}
