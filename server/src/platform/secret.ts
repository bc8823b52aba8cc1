import { inspect } from 'node:util'

const MASK = '[secret]'
const MAX_KEY_CHARS = 4096
const MAX_HINT_CHARS = 8
const HINT_TAIL_CHARS = 4
/** What providers put in front of their keys (`sk-`, `gsk_`, `AQ.`, `lm_`, `AIza`); at most four characters, so a hint stays within its eight. */
const KEY_PREFIX = /^(?:AIza|[A-Za-z]{2,3}[-_.])/

/**
 * A text that must not be seen. However it is printed (string, JSON, console, template, error) it reads `[secret]`;
 * only `expose()` gives it out. A class because only a private field is out of reach of every serialiser.
 */
export class Secret {
  readonly #text: string

  private constructor(text: string) {
    this.#text = text
  }

  static of(text: string): Secret {
    return new Secret(text)
  }

  /** The text itself. Allowed only where a key is sealed, sent to its provider, or shown once on creation. */
  expose(): string {
    return this.#text
  }

  /**
   * What may be shown for good, so that people can tell keys apart: prefix, `…`, last four (`sk-…abcd`).
   * Never more than eight characters of the key and never over a third of it; short keys show less.
   */
  hint(): string {
    const room = Math.min(MAX_HINT_CHARS, Math.floor(this.#text.length / 3))
    const tail = Math.min(HINT_TAIL_CHARS, room)
    const prefix = KEY_PREFIX.exec(this.#text)?.[0] ?? ''
    const shownPrefix = prefix.length + tail <= room ? prefix : ''
    return `${shownPrefix}…${tail === 0 ? '' : this.#text.slice(-tail)}`
  }

  toString(): string {
    return MASK
  }

  toJSON(): string {
    return MASK
  }

  [Symbol.toPrimitive](): string {
    return MASK
  }

  [inspect.custom](): string {
    return MASK
  }
}

export type PastedKeyProblem = 'empty' | 'too_long' | 'control_character' | 'not_ascii'

const PROBLEM_TEXT: Record<PastedKeyProblem, string> = {
  empty: 'the key is empty',
  too_long: `the key is longer than ${MAX_KEY_CHARS} characters`,
  control_character: 'the key contains a control character or a line break',
  not_ascii: 'the key contains a character that cannot travel in an HTTP header',
}

/** A pasted key that cannot be one. Says what is wrong and never quotes the key. */
export class PastedKeyRefused extends Error {
  override readonly name = 'PastedKeyRefused'
  readonly problem: PastedKeyProblem

  constructor(problem: PastedKeyProblem) {
    super(PROBLEM_TEXT[problem])
    this.problem = problem
  }
}

/** Invisible characters that web pages and chat programs leave in copied text: soft hyphen, zero width, direction marks, BOM. */
const INVISIBLE = /[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/g
const WRAPPING = /[\s"'`‘’“”]/
const BEARER = /^bearer\s+/i

/**
 * The key inside what a person pasted: without surrounding white space and quotes, a leading `Bearer `, or invisible characters.
 * @throws PastedKeyRefused when nothing is left, over 4096 characters are left, or it could break an HTTP header.
 */
export function cleanPastedKey(text: string): string {
  // Far over the limit: not worth the cleaning.
  if (text.length > 4 * MAX_KEY_CHARS) throw new PastedKeyRefused('too_long')
  let key = text.replace(INVISIBLE, '')
  for (let before = ''; before !== key;) {
    before = key
    key = unwrap(key).replace(BEARER, '')
  }
  if (key === '') throw new PastedKeyRefused('empty')
  if (key.length > MAX_KEY_CHARS) throw new PastedKeyRefused('too_long')
  if (/\p{Cc}/u.test(key)) throw new PastedKeyRefused('control_character')
  if (/[^\u0020-\u007e]/.test(key)) throw new PastedKeyRefused('not_ascii')
  return key
}

/** Without the quotes and white space around it. Character by character: a pattern that ends in `$` takes the square of the time on white space inside. */
function unwrap(text: string): string {
  let [start, end] = [0, text.length]
  while (start < end && WRAPPING.test(text.charAt(start))) start += 1
  while (end > start && WRAPPING.test(text.charAt(end - 1))) end -= 1
  return text.slice(start, end)
}
