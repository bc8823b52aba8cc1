export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

export const themeCookie = 'llm-theme'
export const navCookie = 'llm-nav'

type Cookies = { get(name: string): { value: string } | undefined }

/** Attributes of `<html>` that carry the person's choices, so that the first paint is already right. */
export function readPreferenceAttributes(cookies: Cookies): { 'data-theme'?: string; 'data-nav'?: string } {
  const theme = cookies.get(themeCookie)?.value
  return {
    ...((theme === 'light' || theme === 'dark') && { 'data-theme': theme }),
    ...(cookies.get(navCookie)?.value === 'collapsed' && { 'data-nav': 'collapsed' }),
  }
}
