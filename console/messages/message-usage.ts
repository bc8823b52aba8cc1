/** A key of the messages that a source file asks for. Where part of it is worked out while running, the pattern allows anything there. */
export type UsedKey = { file: string; key: string; pattern: RegExp }

type Source = { file: string; text: string }

/**
 * Every key that some sources ask for, by their `const t = useTranslations('namespace')` and the calls of `t`. A namespace
 * that is worked out while running (`useTranslations(kinds[kind].messages)`) stands for any.
 */
export function keysUsedIn(sources: readonly Source[]): UsedKey[] {
  return sources.flatMap(keysOf)
}

function keysOf({ file, text }: Source): UsedKey[] {
  const scopes = scopesIn(text)
  const calls = [...text.matchAll(/\b(\w+)(?:\.rich)?\(/g)].flatMap(({ 0: opening, 1: name, index }) => {
    const scope = scopes.findLast((one) => one.name === name && one.at < index)
    return scope ? keysIn(firstArgument(text, index + opening.length)).map((key) => usedKey(file, scope.namespace, key)) : []
  })
  const direct = [...text.matchAll(/(?:useTranslations|getTranslations)\(([^)]*)\)\)?\('([^']+)'/g)]
  return [...calls, ...direct.map(([, namespace = '', key = '']) => usedKey(file, namespaceOf(namespace), key))]
}

/** The text of a call's first argument. */
function firstArgument(text: string, from: number): string {
  let depth = 0
  let quote = ''
  for (let at = from; at < text.length; at++) {
    const letter = text[at] ?? ''
    if (quote) quote = letter === quote ? '' : quote
    else if (`'"\``.includes(letter)) quote = letter
    else if ('([{'.includes(letter)) depth++
    else if (depth === 0 && ',)'.includes(letter)) return text.slice(from, at)
    else if (')]}'.includes(letter)) depth--
  }
  return text.slice(from)
}

/** The literals that the argument may come to be, those it is compared with left out; `*` where there are none. */
function keysIn(argument: string): string[] {
  const literals = [...argument.matchAll(/([!=]==\s*)?('[^']*'|`[^`]*`)/g)]
    .filter(([, comparison]) => !comparison)
    .map(([, , literal = '']) => literalOf(literal))
  return literals.length > 0 ? literals : ['*']
}

type Scope = { name: string; namespace: string; at: number }

function scopesIn(text: string): Scope[] {
  return [...text.matchAll(/const (\w+) = (?:await )?(?:useTranslations|getTranslations)\(([^)]*)\)/g)].map((declared) => ({
    name: declared[1] ?? '',
    namespace: namespaceOf(declared[2] ?? ''),
    at: declared.index,
  }))
}

/** `*` where it is not written out. */
function namespaceOf(argument: string): string {
  if (argument.trim() === '') return ''
  return /^['`]/.test(argument) ? literalOf(argument) : '*'
}

/** The text of a literal, each part that is worked out while running as `*`. */
function literalOf(literal: string): string {
  return literal.slice(1, -1).replace(/\$\{[^}]*\}/g, '*')
}

function usedKey(file: string, namespace: string, key: string): UsedKey {
  const full = namespace === '' ? key : `${namespace}.${key}`
  const pattern = new RegExp(`^${full.replace(/[.]/g, '\\.').replace(/\*/g, '[\\w.-]+')}$`)
  return { file, key: full, pattern }
}
