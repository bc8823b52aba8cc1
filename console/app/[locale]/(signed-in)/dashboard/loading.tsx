import { Card } from '#ui/layout/card.tsx'
import { Skeleton } from '#ui/state/skeleton.tsx'

/** The shape of the dashboard. */
export default function Loading() {
  return (
    <div aria-busy>
      <div className="flex flex-col gap-2 pb-5">
        <Skeleton className="h-6 w-32" />
        <Skeleton className="h-4 w-80 max-w-full" />
      </div>
      <div className="flex flex-col gap-4">
        <Card className="h-12">{null}</Card>
        <Card className="h-32">{null}</Card>
        <div className="grid gap-4 lg:grid-cols-2">
          <Card className="h-66">{null}</Card>
          <Card className="h-66">{null}</Card>
        </div>
      </div>
    </div>
  )
}
