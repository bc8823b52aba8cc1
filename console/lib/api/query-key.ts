/** Where the answer of a call is kept: first the endpoint, so that all its answers can be marked stale at once. */
export function queryKeyOf(endpoint: { method: string; path: string }, sent?: unknown): readonly unknown[] {
  return [`${endpoint.method} ${endpoint.path}`, ...(sent === undefined ? [] : [sent])]
}
