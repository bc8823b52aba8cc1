/** The largest page that the API gives. */
const limit = 200

/** What is sent for the first page of a list that is read to its end; a page prefetches exactly this. */
export function firstPage(query: Record<string, string> = {}): { query: Record<string, string | number> } {
  return { query: { ...query, limit } }
}
