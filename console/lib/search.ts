/** Whether any of some texts holds what is searched for, accents and case aside. */
export function matches(search: string, ...texts: (string | null)[]): boolean {
  const wanted = plain(search.trim())
  return wanted === '' || texts.some((text) => text !== null && plain(text).includes(wanted))
}

function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
}
