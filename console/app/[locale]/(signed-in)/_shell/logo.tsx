/** The mark of the product: a key whose bow is a gate. */
export function LogoMark({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 24 24" aria-hidden className={className} fill="none">
      <rect width="24" height="24" rx="6" fill="var(--accent)" />
      <circle cx="8.5" cy="12" r="3.25" stroke="var(--on-accent)" strokeWidth="1.9" />
      <path d="M11.75 12H19M16 12v3.1M19 12v2.1" stroke="var(--on-accent)" strokeWidth="1.9" strokeLinecap="round" />
    </svg>
  )
}
