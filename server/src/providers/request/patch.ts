import type { Dialect, OutputCapField, ProviderName } from '../provider.ts'
import { providerOf } from '../registry.ts'
import type { Member, PatchedField, RequestFacts } from './facts.ts'

/**
 * Changes to a request before it goes upstream. `model`: its name there. `streamUsage`: `force` asks for usage in the stream, `remove`
 * takes the client's `stream_options` out. `outputCap`: no answer may be longer than `value`; `field` must be there to say so.
 */
export type BodyPatch = { model?: string; streamUsage?: 'force' | 'remove'; outputCap?: { field: OutputCapField; value: number } }

type Edit = { start: number; end: number; text: string }

/**
 * The body with the patch in it; every byte that the patch does not concern stays as the client sent it. A cap never raises what the
 * client set: each of its caps is lowered to `value` where it is above. `facts` must be those of this very body.
 */
export function patchBody(body: Buffer, facts: RequestFacts, patch: BodyPatch): Buffer {
  const edits: Edit[] = []
  const added: string[] = []
  const set = (field: PatchedField, value: unknown): void => {
    const member = facts.members[field]
    const text = JSON.stringify(value)
    if (member === undefined) added.push(`${JSON.stringify(field)}:${text}`)
    else edits.push({ start: member.start, end: member.end, text })
  }
  if (patch.model !== undefined && patch.model !== facts.model) set('model', patch.model)
  if (patch.streamUsage === 'force' && !facts.includeUsage) set('stream_options', { ...facts.streamOptions, include_usage: true })
  const options = facts.members.stream_options
  if (patch.streamUsage === 'remove' && options !== undefined) edits.push(removalOf(options))
  if (patch.outputCap !== undefined) {
    for (const [field, cap] of capsOf(facts)) {
      const isObeyed = field === patch.outputCap.field
      if (isObeyed ? cap === null || cap > patch.outputCap.value : cap !== null && cap > patch.outputCap.value)
        set(field, patch.outputCap.value)
    }
  }
  return edits.length === 0 && added.length === 0 ? body : splice(body, facts, edits, added)
}

/**
 * The field that must carry an output cap: of those that the provider obeys for this model the one that the client uses, else the
 * usual one. A field that the provider would ignore (DeepSeek: `max_completion_tokens`) is never relied on.
 */
export function outputCapField(provider: ProviderName, dialect: Dialect, model: string, facts: RequestFacts): OutputCapField {
  if (dialect === 'openai-responses') return 'max_output_tokens'
  if (dialect !== 'openai-chat') return 'max_tokens'
  const obeyed = providerOf(provider).outputCapFields(model)
  const caps = new Map(capsOf(facts))
  return obeyed.find((field) => (caps.get(field) ?? null) !== null) ?? obeyed[0]
}

/** What is to be done about `stream_options` for this request at this provider; undefined: nothing. */
export function streamUsagePatch(provider: ProviderName, dialect: Dialect, facts: RequestFacts): 'force' | 'remove' | undefined {
  const { streamUsage } = providerOf(provider)
  if (dialect !== 'openai-chat' || streamUsage === 'leave') return undefined
  if (streamUsage === 'never') return facts.members.stream_options === undefined ? undefined : 'remove'
  return facts.stream && !facts.includeUsage ? 'force' : undefined
}

function capsOf(facts: RequestFacts): [OutputCapField, number | null][] {
  return [
    ['max_tokens', facts.maxTokens],
    ['max_completion_tokens', facts.maxCompletionTokens],
    ['max_output_tokens', facts.maxOutputTokens],
  ]
}

/** A member goes together with one of its commas. */
function removalOf(member: Member): Edit {
  if (member.commaAfter !== -1) return { start: member.key, end: member.commaAfter + 1, text: '' }
  return { start: member.commaBefore === -1 ? member.key : member.commaBefore, end: member.end, text: '' }
}

function splice(body: Buffer, facts: RequestFacts, edits: Edit[], added: string[]): Buffer {
  // Members put in at the front need no comma only when nothing is left behind them.
  const isAlone = facts.isEmpty || edits.some((edit) => edit.text === '' && isOnlyMember(facts, edit))
  if (added.length > 0) edits.push({ start: facts.open, end: facts.open, text: added.join(',') + (isAlone ? '' : ',') })
  const parts: Buffer[] = []
  let from = 0
  for (const edit of edits.sort((a, b) => a.start - b.start || a.end - b.end)) {
    parts.push(body.subarray(from, edit.start), Buffer.from(edit.text))
    from = edit.end
  }
  return Buffer.concat([...parts, body.subarray(from)])
}

function isOnlyMember(facts: RequestFacts, removal: Edit): boolean {
  const options = facts.members.stream_options
  return options !== undefined && options.commaBefore === -1 && options.commaAfter === -1 && removal.end === options.end
}
