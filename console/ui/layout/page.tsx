import type { ReactNode } from 'react'

/** The head of a page: its title, one line on what it is for, and the main thing to do on it. */
export function PageHeader({ title, purpose, action }: { title: string; purpose: string; action?: ReactNode }) {
  return (
    <header className="flex items-start justify-between gap-x-6 gap-y-3 pb-5 max-sm:flex-wrap">
      <div className="flex min-w-0 flex-col gap-0.5">
        <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
        <p className="max-w-160 text-sm text-muted">{purpose}</p>
      </div>
      {action && <div className="flex shrink-0 flex-wrap gap-2">{action}</div>}
    </header>
  )
}
