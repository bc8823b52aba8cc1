'use client'

import { CircleAlert, CircleCheck, TriangleAlert } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { useEffect } from 'react'
import { toast, Toaster } from 'sonner'
import { useToastQueue } from './toast.ts'

const look = {
  toast: 'flex w-full items-start gap-2.5 rounded-lg bg-raised p-3 pr-4 text-sm shadow-floating',
  title: 'font-medium',
  description: 'text-muted [overflow-wrap:anywhere]',
  icon: 'mt-0.5 shrink-0 [&_svg]:size-4',
}

const show = { ok: toast.success, warning: toast.warning, danger: toast.error }

const icons = {
  success: <CircleCheck aria-hidden className="text-ok" />,
  warning: <TriangleAlert aria-hidden className="text-warning" />,
  error: <CircleAlert aria-hidden className="text-danger-text" />,
}

/** Draws toasts with the toast library, in the console's own look. */
export function SonnerToaster() {
  const t = useTranslations('ui.toaster')
  const waiting = useToastQueue((queue) => queue.waiting)
  useEffect(() => {
    if (waiting.length === 0) return
    useToastQueue.setState({ waiting: [] })
    for (const { tone, title, description } of waiting) show[tone](title, { description, duration: tone === 'ok' ? 4_000 : 8_000 })
  }, [waiting])
  return (
    <Toaster
      position="bottom-center"
      mobileOffset={{ bottom: 76 }}
      className="!font-sans"
      containerAriaLabel={t('label')}
      icons={icons}
      toastOptions={{ unstyled: true, classNames: look }}
    />
  )
}
