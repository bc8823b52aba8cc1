import type { Answers, Order, Question } from '../messages.ts'

type Answer = Answers[Question] | null

/** Questions to one process, each with the answer that names it. */
export type Questions = {
  /** Null when there is no answer, or none in time. */
  ask<Q extends Question>(question: Q, withinMs: number): Promise<Answers[Q] | null>
  answered(id: number, answer: Answer): void
  /** Nothing is answered any more. */
  end(): void
}

export function openQuestions(send: (order: Order) => void): Questions {
  const waiting = new Map<number, (answer: Answer) => void>()
  let count = 0
  let isOver = false
  return {
    async ask<Q extends Question>(question: Q, withinMs: number) {
      if (isOver) return null
      const id = ++count
      const { promise, resolve } = Promise.withResolvers<Answer>()
      waiting.set(id, resolve)
      const timer = setTimeout(() => resolve(null), withinMs)
      send({ type: 'ask', id, question })
      const answer = await promise
      clearTimeout(timer)
      waiting.delete(id)
      return answer as Answers[Q] | null
    },
    answered: (id, answer) => waiting.get(id)?.(answer),
    end() {
      isOver = true
      for (const settle of waiting.values()) settle(null)
    },
  }
}
