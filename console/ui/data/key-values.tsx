import type { ReactNode } from 'react'

/** Facts about one thing, name beside value. */
export function KeyValues({ children }: { children: ReactNode }) {
  return <dl className="grid grid-cols-[minmax(7rem,2fr)_5fr] gap-x-4 text-sm">{children}</dl>
}

export function KeyValue({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="col-span-2 grid grid-cols-subgrid items-baseline border-b py-2 last:border-b-0">
      <dt className="text-muted">{name}</dt>
      <dd className="min-w-0 [overflow-wrap:anywhere]">{children}</dd>
    </div>
  )
}
