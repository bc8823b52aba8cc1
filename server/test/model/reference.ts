/** What was reserved, or billed, in one window of one limit. */
export type Share = { counter: string; amount: bigint }
export type Fate = 'open' | 'settled' | 'unresolved' | 'lost' | 'released'

/** One call at a provider as the model knows it. `billed`: null while it is open; of an unresolved call its reservation. `settledAt`: the step. */
export type Attempt = {
  id: string
  epoch: string
  reserved: Share[]
  billed: Share[] | null
  fate: Fate
  corrections: Share[]
  settledAt: number
}

/**
 * The truth, told without any of the product: what each window of each limit was billed.
 */
export type Reference = { attempts: Attempt[]; billed(counter: string): bigint; of(counter: string): Iterable<[Attempt, reserved: bigint]> }

export function openReference(): Reference {
  const attempts: Attempt[] = []
  const sum = (shares: Share[], counter: string) =>
    shares.reduce((total, share) => total + (share.counter === counter ? share.amount : 0n), 0n)
  const sharesOf = ({ fate, billed, corrections }: Attempt) =>
    fate === 'settled' || fate === 'unresolved' ? [...(billed ?? []), ...corrections] : []
  return {
    attempts,
    billed: (counter) => attempts.reduce((total, attempt) => total + sum(sharesOf(attempt), counter), 0n),
    *of(counter) {
      for (const attempt of attempts)
        if (attempt.reserved.some((share) => share.counter === counter)) yield [attempt, sum(attempt.reserved, counter)]
    },
  }
}
