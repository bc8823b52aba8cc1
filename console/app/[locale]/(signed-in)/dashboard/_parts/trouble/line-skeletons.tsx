import { Skeleton } from '#ui/state/skeleton.tsx'

/** The shape of a card's lines. */
export function LineSkeletons({ lines = 4 }: { lines?: number }) {
  return (
    <div className="divide-y">
      {Array.from({ length: lines }, (_, line) => (
        <div key={line} className="flex h-15 flex-col justify-center gap-2 px-4">
          <Skeleton className="h-3.5 w-40" />
          <Skeleton className="h-3 w-56 max-w-full" />
        </div>
      ))}
    </div>
  )
}
