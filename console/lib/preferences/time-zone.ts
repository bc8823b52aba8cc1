export const timeZoneCookie = 'llm-tz'

type Cookies = { get(name: string): { value: string } | undefined }

/** The person's time zone as their browser told it; UTC until it has. */
export function readTimeZone(cookies: Cookies): string {
  const told = cookies.get(timeZoneCookie)?.value
  return told && isTimeZone(told) ? told : 'UTC'
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
