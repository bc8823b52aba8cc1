import { create } from 'zustand'

export type Toast = { tone: 'ok' | 'warning' | 'danger'; title: string; description?: string }

type ToastState = { isNeeded: boolean; waiting: Toast[] }

/** What the toaster has yet to show; the toast library is only fetched with the first of them. */
export const useToastQueue = create<ToastState>(() => ({ isNeeded: false, waiting: [] }))

/** Says in passing that something was done or failed. What must not be missed belongs in the page instead. */
export function showToast(toast: Toast): void {
  useToastQueue.setState(({ waiting }) => ({ isNeeded: true, waiting: [...waiting, toast] }))
}
