/**
 * Signs, inside the values of a body, of input that is not text and of tools that the provider runs. Compared without regard to case,
 * since some providers read their JSON so.
 */

/** Keys whose mere presence in a message means an image, a sound, a file, or something kept at the provider. */
const REFERENCE_KEYS: ReadonlySet<string> = new Set([
  'image_url',
  'video_url',
  'input_audio',
  'file_id',
  'file_data',
  'file_url',
  'file_uri',
  'fileuri',
  'filedata',
  'inline_data',
  'inlinedata',
  'cached_content',
  'cachedcontent',
])

/** Values of `type` that do the same. */
const REFERENCE_TYPES: ReadonlySet<string> = new Set([
  'image',
  'image_url',
  'input_image',
  'audio',
  'audio_url',
  'input_audio',
  'video',
  'video_url',
  'input_video',
  'file',
  'input_file',
  'document',
  'document_url',
  'container_upload',
  'item_reference',
])

const CLIENT_TOOL_TYPES: ReadonlySet<string> = new Set(['function', 'custom', 'local_shell', 'apply_patch'])
/** Tools that Anthropic defines and the client runs: `bash_20250124` and the like. */
const CLIENT_TOOL_NAMES = /^(?:bash|text_editor|computer|memory)_\d{8}$/
/** Tools of Gemini's kind, named by a key instead of a type. */
const SERVER_TOOL_KEYS: ReadonlySet<string> = new Set([
  'google_search',
  'googlesearch',
  'google_search_retrieval',
  'code_execution',
  'codeexecution',
  'url_context',
  'urlcontext',
])

/** Bounds for what can be one of the words above, so that other keys are passed without a look. */
const SHORTEST = 4
const LONGEST = 24

/**
 * What a top-level member holds. `tools`: definitions of tools, whose names are the client's own but for those at depth two. `names`:
 * schemas, functions and metadata, where every name is the client's own and means nothing.
 */
export type Section = 'tools' | 'names' | 'plain'

const NAMES: ReadonlySet<string> = new Set(['functions', 'response_format', 'text', 'output_config', 'output_format', 'metadata'])

export function sectionOf(name: string): Section {
  if (name === 'tools') return 'tools'
  return NAMES.has(name) ? 'names' : 'plain'
}

/** What a key says of its place. `type`: its value is what counts. */
export type KeyHint = 'type' | 'reference' | 'server_tool' | null

/** Looks at the key between two offsets. Most keys are passed by their length and first letter alone. */
export function hintOfKey(text: string, start: number, end: number, section: Section): KeyHint {
  const length = end - start
  if (section === 'names' || length < SHORTEST || length > LONGEST) return null
  const first = text.charCodeAt(start) | 0x20
  // t(ype), i(mage…), f(ile…), v(ideo…), c(ached…, ode…), g(oogle…), u(rl…)
  if (first !== 0x74 && first !== 0x69 && first !== 0x66 && first !== 0x76 && first !== 0x63 && first !== 0x67 && first !== 0x75)
    return null
  const key = text.slice(start, end).toLowerCase()
  if (key === 'type') return 'type'
  if (section === 'tools') return SERVER_TOOL_KEYS.has(key) ? 'server_tool' : null
  return REFERENCE_KEYS.has(key) ? 'reference' : null
}

/** Whether the value of a content part's `type` means input that is not text. */
export function isReferenceType(value: string): boolean {
  return REFERENCE_TYPES.has(value.toLowerCase())
}

/** Whether the value of a tool's `type` means that the provider runs it. Unknown types do. */
export function isServerTool(value: string): boolean {
  const type = value.toLowerCase()
  return !CLIENT_TOOL_TYPES.has(type) && !CLIENT_TOOL_NAMES.test(type)
}
