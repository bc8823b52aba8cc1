import { create } from 'zustand'

type CommandCenter = { open: 'palette' | 'help' | null }

/** Which of the keyboard's helpers is open. */
export const useCommandCenter = create<CommandCenter>(() => ({ open: null }))

export function openPalette(): void {
  useCommandCenter.setState({ open: 'palette' })
}

export function openHelp(): void {
  useCommandCenter.setState({ open: 'help' })
}

export function closeCommandCenter(): void {
  useCommandCenter.setState({ open: null })
}
