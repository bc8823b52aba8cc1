/** Calls our API as any script would: bearer token, JSON in and out. */
export type Api = <Reply>(method: 'GET' | 'POST', path: string, body?: unknown) => Promise<Reply>

/** @returns calls to `origin`; they fail with the status and what the server says about anything but success */
export function createApi(origin: string, token: string | null): Api {
  return async <Reply>(method: 'GET' | 'POST', path: string, body?: unknown) => {
    const headers = {
      ...(token !== null && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    }
    const response = await fetch(origin + path, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${text.slice(0, 300)}`)
    return JSON.parse(text) as Reply
  }
}

/** US dollars as the API writes them, in whole nano-dollars. */
export function toNanos(usd: number): number {
  return Math.round(usd * 1e9)
}
