/** The words in a pasted or typed text, each once, without those that are there already. */
export function newTokens(text: string, separators: RegExp, present: readonly string[]): string[] {
  const words = text.split(separators).map((word) => word.trim())
  return [...new Set(words)].filter((word) => word !== '' && !present.includes(word))
}

/** Suggestions that hold what is typed, those that begin with it first; without those that are there already. */
export function suggestionsFor(typed: string, suggestions: readonly string[], present: readonly string[], limit: number): string[] {
  const wanted = typed.trim().toLowerCase()
  const found = [...new Set(suggestions)].filter((word) => !present.includes(word) && word.toLowerCase().includes(wanted))
  const begins = (word: string) => Number(!word.toLowerCase().startsWith(wanted))
  return found.toSorted((a, b) => begins(a) - begins(b)).slice(0, limit)
}
