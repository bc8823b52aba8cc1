'use client'

import { useEffect, useRef, useState } from 'react'

type Shown = { text: string; left: number; top: number; isBelow: boolean }

const delayMs = 350
const gapPx = 6
const edgePx = 8

/**
 * Shows the `data-hint` of whatever the pointer rests on or the keyboard reaches: one layer for the whole page, so
 * that a table of ten thousand figures costs nothing. Escape hides it; it stays while the pointer is over it. It is for
 * the eye alone: what a hint says beyond what is seen is in a name (`aria-label`) or in full somewhere else.
 */
export function HintLayer() {
  const [shown, setShown] = useState<Shown | null>(null)
  const box = useRef<HTMLDivElement>(null)

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const hide = () => {
      clearTimeout(timer)
      setShown(null)
    }
    const show = (target: HTMLElement, waitMs: number) => {
      clearTimeout(timer)
      timer = setTimeout(() => target.isConnected && setShown(placeAt(target)), waitMs)
    }
    const onOver = (event: PointerEvent) => {
      if (event.pointerType === 'touch' || !(event.target instanceof Element)) return
      if (box.current?.contains(event.target)) return
      const target = event.target.closest<HTMLElement>('[data-hint]')
      if (target) show(target, delayMs)
      else hide()
    }
    const onFocus = (event: FocusEvent) => {
      const target =
        event.target instanceof HTMLElement && event.target.matches(':focus-visible')
          ? event.target.closest<HTMLElement>('[data-hint]')
          : null
      if (target) show(target, 0)
      else hide()
    }
    const onKey = (event: KeyboardEvent) => event.key === 'Escape' && hide()
    const listening = new AbortController()
    const options = { signal: listening.signal, passive: true }
    document.addEventListener('pointerover', onOver, options)
    document.addEventListener('pointerdown', hide, options)
    document.addEventListener('focusin', onFocus, options)
    document.addEventListener('keydown', onKey, options)
    document.addEventListener('scroll', hide, { ...options, capture: true })
    return () => {
      hide()
      listening.abort()
    }
  }, [])

  if (!shown) return null
  return (
    <div
      ref={box}
      aria-hidden
      className="fixed z-60 w-max max-w-80 -translate-x-1/2 rounded-md bg-text px-2 py-1 text-xs text-canvas tabular-nums shadow-floating animate-appear [overflow-wrap:anywhere]"
      style={shown.isBelow ? { left: shown.left, top: shown.top } : { left: shown.left, bottom: window.innerHeight - shown.top }}
    >
      {shown.text}
    </div>
  )
}

function placeAt(target: HTMLElement): Shown {
  const { left, width, top, bottom } = target.getBoundingClientRect()
  const text = target.dataset.hint ?? ''
  const halfPx = Math.min(160, text.length * 3.5 + 10)
  const middle = Math.min(Math.max(left + width / 2, edgePx + halfPx), window.innerWidth - edgePx - halfPx)
  const isBelow = top < 48
  return { text, left: middle, top: isBelow ? bottom + gapPx : top - gapPx, isBelow }
}
