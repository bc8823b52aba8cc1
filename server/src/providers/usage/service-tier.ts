/** Tiers of service that cost what the catalogue says. */
const usual: ReadonlySet<string> = new Set(['auto', 'default', 'standard', 'standard_only', 'on_demand'])
/** Those that cost less than it says, by how much it does not say. */
const cheap: ReadonlySet<string> = new Set(['flex', 'batch'])

/** Whether a call asked for in this tier costs at most what the catalogue says. Another tier has no known price. */
export function hasKnownBound(tier: string | null): boolean {
  return tier === null || usual.has(tier) || cheap.has(tier)
}

/** Whether a call served in this tier costs exactly what the catalogue says; null where nothing was said of it. */
export function isListPrice(tier: string | null): boolean {
  return tier === null || usual.has(tier)
}
