'use client'

import { Check, Copy } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { useEffect, useState } from 'react'
import { cx } from '../theme/cx.ts'
import { Button } from './button.tsx'
import { IconButton } from './icon-button.tsx'

const shownMs = 1_600

/** Copies, and reports for a moment that it did. */
function useCopy(text: string, onCopied?: () => void): { isCopied: boolean; copy: () => void } {
  const [isCopied, setCopied] = useState(false)
  useEffect(() => {
    if (!isCopied) return
    const timer = setTimeout(() => setCopied(false), shownMs)
    return () => clearTimeout(timer)
  }, [isCopied])
  const copy = () => {
    void navigator.clipboard.writeText(text).then(() => {
      setCopied(true)
      onCopied?.()
    })
  }
  return { isCopied, copy }
}

type CopyProps = { text: string; label?: string; className?: string; onCopied?: () => void }

/** Copies a text that stands beside it. */
export function CopyIcon({ text, label, className, onCopied }: CopyProps) {
  const t = useTranslations('ui.copy')
  const { isCopied, copy } = useCopy(text, onCopied)
  return (
    <IconButton
      label={isCopied ? t('done') : (label ?? t('action'))}
      size="sm"
      onClick={copy}
      className={cx(isCopied && 'text-ok-text hover:text-ok-text', className)}
    >
      {isCopied ? <Check aria-hidden /> : <Copy aria-hidden className="!size-3.5" />}
    </IconButton>
  )
}

/** The same with words, where copying is the main thing to do. */
export function CopyButton({ text, label, className, onCopied }: CopyProps) {
  const t = useTranslations('ui.copy')
  const { isCopied, copy } = useCopy(text, onCopied)
  return (
    <Button onClick={copy} icon={isCopied ? <Check aria-hidden className="text-ok-text" /> : <Copy aria-hidden />} className={className}>
      <span aria-live="polite">{isCopied ? t('done') : (label ?? t('action'))}</span>
    </Button>
  )
}
