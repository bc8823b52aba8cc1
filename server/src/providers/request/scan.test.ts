import { describe, expect, test } from 'vitest'
import fc from 'fast-check'
import { samplesIn } from '../samples.fixture.ts'
import type { RequestFacts } from './facts.ts'
import { outputCapOf } from './facts.ts'
import { parseRequest, readRequest } from './parse.ts'
import { scanRequest } from './scan.ts'

const samples = samplesIn(process.env.PROVIDER_SAMPLES_DIR)

const scan = (text: string): RequestFacts | null => scanRequest(Buffer.from(text))

function facts(body: unknown): RequestFacts {
  const found = scan(JSON.stringify(body))
  if (found === null) throw new Error('the scanner gave up')
  return found
}

/** The facts without the offsets, which differ between two writings of one request. */
function meaningOf(found: RequestFacts): Omit<RequestFacts, 'members' | 'open'> & { members: string[] } {
  const { open: _open, members, ...meaning } = found
  return { ...meaning, members: Object.keys(members).sort() }
}

const hello = [{ role: 'user', content: 'hello' }]

test('a plain chat request', () => {
  expect(
    meaningOf(facts({ model: 'gpt-4o', messages: hello, stream: true, max_tokens: 50, n: 2, stream_options: { include_usage: true } })),
  ).toEqual({
    model: 'gpt-4o',
    stream: true,
    maxTokens: 50,
    maxCompletionTokens: null,
    maxOutputTokens: null,
    n: 2,
    pricedApart: null,
    streamOptions: { include_usage: true },
    includeUsage: true,
    serviceTier: null,
    fallbackModels: false,
    tools: false,
    serverTools: false,
    inputByReference: false,
    wrongField: null,
    isEmpty: false,
    members: ['max_tokens', 'model', 'stream_options'],
  })
})

test('offsets point at the values, in bytes', () => {
  const text = ' {"x":"é", "model" : "gpt-é" ,"max_tokens":null} '
  const found = scan(text)
  const { model, max_tokens: cap } = found?.members ?? {}
  expect(Buffer.from(text).subarray(model?.start, model?.end).toString()).toBe('"gpt-é"')
  expect(Buffer.from(text).subarray(cap?.start, cap?.end).toString()).toBe('null')
  expect(found?.model).toBe('gpt-é')
  expect(found?.maxTokens).toBeNull()
})

describe('fields inside messages, tools and texts are not fields of the request', () => {
  test.each<[string, unknown]>([
    ['in a text', { model: 'a', messages: [{ role: 'user', content: '{"model":"b","n":9,"stream":true}' }] }],
    ['in a text with quotes', { model: 'a', messages: [{ role: 'user', content: '","model":"b","n":9,"x":"' }] }],
    ['after a backslash at the end of a text', { messages: [{ role: 'user', content: 'C:\\' }], model: 'a' }],
    ['in a nested object', { model: 'a', metadata: { model: 'b', stream: true, n: 9 } }],
    [
      'in the parameters of a tool',
      {
        model: 'a',
        tools: [
          {
            type: 'function',
            function: {
              name: 'f',
              parameters: {
                type: 'object',
                properties: { model: { type: 'string' }, file_id: { type: 'string' }, image_url: { type: 'string' } },
              },
            },
          },
        ],
      },
    ],
    [
      'in a schema',
      {
        model: 'a',
        response_format: { type: 'json_schema', json_schema: { type: 'file', schema: { properties: { image_url: { type: 'string' } } } } },
      },
    ],
    ['in a long text', { messages: [{ content: `${'x'.repeat(500)}\\","model":"b","n":9` }], model: 'a' }],
    ['beside a long text that ends in backslashes', { messages: [{ content: 'y'.repeat(300) + '\\'.repeat(7) }], model: 'a' }],
  ])('%s', (_where, body) => {
    const found = facts(body)
    expect([found.model, found.stream, found.n, found.inputByReference, found.serverTools]).toEqual(['a', false, 1, false, false])
  })
})

describe('input that the body does not spell out as text', () => {
  const part = (content: unknown): unknown => ({
    model: 'm',
    messages: [{ role: 'user', content: [{ type: 'text', text: 'see' }, content] }],
  })
  test.each<[string, unknown]>([
    ['an image by address', part({ type: 'image_url', image_url: { url: 'https://x/y.png' } })],
    ['an image inline', part({ type: 'image_url', image_url: 'data:image/png;base64,AA' })],
    ['an image without a type', part({ image_url: { url: 'x' } })],
    ['sound', part({ type: 'input_audio', input_audio: { data: '', format: 'wav' } })],
    ['a file', part({ type: 'file', file: { file_id: 'file-1' } })],
    ["anthropic's image", part({ type: 'image', source: { type: 'base64', data: '' } })],
    ["anthropic's document", part({ type: 'document', source: { type: 'url', url: 'x' } })],
    ['a container', part({ type: 'container_upload', file_id: 'f' })],
    [
      'a tool result with an image',
      { model: 'm', messages: [{ role: 'user', content: [{ type: 'tool_result', content: [{ type: 'image', source: {} }] }] }] },
    ],
    ["the Responses API's image", { model: 'm', input: [{ role: 'user', content: [{ type: 'input_image', image_url: 'x' }] }] }],
    ['an item by id', { model: 'm', input: [{ type: 'item_reference', id: 'msg_1' }] }],
    ['an earlier answer', { model: 'm', input: 'go on', previous_response_id: 'resp_1' }],
    ['a conversation', { model: 'm', input: 'go on', conversation: { id: 'conv_1' } }],
    ['a prompt template', { model: 'm', prompt: { id: 'pmpt_1' } }],
    ["gemini's inline data", { contents: [{ parts: [{ inlineData: { mimeType: 'image/png', data: '' } }] }] }],
    ['a cached context', { model: 'm', messages: hello, extra_body: { google: { cached_content: 'c/1' } } }],
    ['in other letters, for parsers that ignore case', part({ Type: 'IMAGE_URL', Image_URL: { url: 'x' } })],
  ])('%s', (_what, body) => {
    expect(facts(body).inputByReference).toBe(true)
  })
  test.each<[string, unknown]>([
    ['text parts', part({ type: 'text', text: 'image_url' })],
    ['a prompt that is text', { model: 'm', prompt: 'image_url' }],
    ['a long prompt', { model: 'm', prompt: 'x'.repeat(10_000) }],
    ['a prompt of tokens', { model: 'm', prompt: [1, 2, 3] }],
    ['nothing where something could be', { model: 'm', messages: hello, previous_response_id: null, conversation: null, plugins: [] }],
  ])('is not seen in %s', (_what, body) => {
    expect(facts(body).inputByReference).toBe(false)
  })
})

describe('tools', () => {
  test.each<[string, unknown, boolean, boolean]>([
    ['a function', { tools: [{ type: 'function', function: { name: 'f' } }] }, true, false],
    ["anthropic's own form", { tools: [{ name: 'f', input_schema: { type: 'object' } }] }, true, false],
    ['functions of old', { functions: [{ name: 'f', parameters: { type: 'object' } }] }, true, false],
    [
      'tools that the client runs',
      {
        tools: [
          { type: 'bash_20250124', name: 'bash' },
          { type: 'custom', name: 'x' },
        ],
      },
      true,
      false,
    ],
    [
      'web search',
      {
        tools: [
          { type: 'function', function: {} },
          { type: 'web_search_20250305', name: 'web_search' },
        ],
      },
      true,
      true,
    ],
    ['a server of tools', { tools: [{ type: 'mcp', server_url: 'x' }] }, true, true],
    ['search by key', { tools: [{ googleSearch: {} }] }, true, true],
    ['search options', { web_search_options: {}, model: 'm' }, false, false],
    ['search options with content', { web_search_options: { search_context_size: 'high' } }, false, true],
    ['plugins', { plugins: [{ id: 'web' }] }, false, true],
    ['servers', { mcp_servers: [{ type: 'url', url: 'x' }] }, false, true],
    [
      'many tools',
      {
        tools: Array.from({ length: 200 }, (_, index) => ({
          type: 'function',
          function: { name: `tool_${index}`, parameters: { type: 'object' } },
        })),
      },
      true,
      false,
    ],
    ['an empty list', { tools: [] }, false, false],
  ])('%s', (_what, body, tools, serverTools) => {
    const found = facts(body)
    expect([found.tools, found.serverTools]).toEqual([tools, serverTools])
  })
})

describe('what changes price or number', () => {
  test('the larger of n and best_of counts', () => {
    expect(facts({ n: 2, best_of: 5 }).n).toBe(5)
    expect(facts({}).n).toBe(1)
  })
  test('fallback models and service tier are seen', () => {
    expect(facts({ models: ['a', 'b'], service_tier: 'priority' })).toMatchObject({ fallbackModels: true, serviceTier: 'priority' })
  })
  test("of several caps the largest is the client's", () => {
    expect(outputCapOf(facts({ max_tokens: 5, max_completion_tokens: 9 }))).toBe(9)
    expect(outputCapOf(facts({ max_tokens: null }))).toBeNull()
  })
})

describe('a field that cannot be what it must be is named', () => {
  test.each<[unknown, string]>([
    [{ model: 5 }, 'model'],
    [{ stream: 'true' }, 'stream'],
    [{ n: '5' }, 'n'],
    [{ n: 0 }, 'n'],
    [{ n: 1.5 }, 'n'],
    [{ best_of: -1 }, 'best_of'],
    [{ max_tokens: '100' }, 'max_tokens'],
    [{ max_tokens: -1 }, 'max_tokens'],
    [{ max_completion_tokens: 1e30 }, 'max_completion_tokens'],
    [{ stream_options: true }, 'stream_options'],
    [{ stream_options: [] }, 'stream_options'],
    [{ model: 'a', Model: 'b' }, 'Model'],
    [{ MAX_TOKENS: 5 }, 'MAX_TOKENS'],
    [{ 'max_to\u212Aens': 5 }, 'max_to\u212Aens'],
    [{ '\u017Ftream': true }, '\u017Ftream'],
  ])('%j', (body, field) => {
    expect(facts(body).wrongField).toBe(field)
  })
})

describe('doubt', () => {
  test.each([
    '',
    'null',
    '[]',
    '"model"',
    '{',
    '{"model":"a"',
    '{"model":"a"}}',
    '{"model":"a"} x',
    '{"model":"a",}',
    '{,"model":"a"}',
    '{"model" "a"}',
    "{'model':'a'}",
    '{model:"a"}',
    '{"a":[1,2}',
    '{"a":[1,]}',
    '{"a":{"b"}}',
    '{"a":{"b":1,}}',
    '{"a":NaN}',
    '{"a":01}',
    '{"a":+1}',
    '{"a":.5}',
    '{"a":tru}',
    '{"a":undefined}',
    '{"a":1 // x\n}',
    '\ufeff{"model":"a"}',
    '{"a":"\n"}',
    '{"model":"a","model":"b","max_tokens":1e999}',
  ])('what is no JSON object is refused by both ways of reading: %j', (text) => {
    expect(scan(text)).toBeNull()
    expect(readRequest(Buffer.from(text))).toBeNull()
  })

  test.each<[string, string, Partial<RequestFacts>, string]>([
    [
      'a key twice: the last one stands, and is all that goes on',
      '{"model":"cheap","model":"dear"}',
      { model: 'dear' },
      '{"model":"dear"}',
    ],
    ['a key spelt with escapes', '{"mo\\u0064el":"dear"}', { model: 'dear' }, '{"model":"dear"}'],
    ['a key twice, once in escapes', '{"model":"cheap","mo\\u0064el":"dear"}', { model: 'dear' }, '{"model":"dear"}'],
    [
      'a type hidden in escapes',
      '{"messages":[{"content":[{"type":"im\\u0061ge"}]}]}',
      { inputByReference: true },
      '{"messages":[{"content":[{"type":"image"}]}]}',
    ],
    [
      'a nested key hidden in escapes',
      '{"messages":[{"content":[{"\\u0069mage_url":"x"}]}]}',
      { inputByReference: true },
      '{"messages":[{"content":[{"image_url":"x"}]}]}',
    ],
  ])('%s', (_what, text, expected, body) => {
    expect(scan(text)).toBeNull()
    const read = readRequest(Buffer.from(text))
    expect(read?.facts).toMatchObject(expected)
    expect(read?.body.toString()).toBe(body)
  })

  test('ordinary escapes raise no doubt', () => {
    expect(facts({ model: 'a', messages: [{ content: 'line\n"quoted"\\ \u0001 é \u2028' }] }).model).toBe('a')
    expect(scan('{"model":"a","messages":[{"content":"a\\u00e7\\u00e3o \\u003c \\ud83d\\ude00"}]}')?.model).toBe('a')
  })

  test('depth is bounded', () => {
    const deep = (levels: number): string => `{"a":${'['.repeat(levels)}${']'.repeat(levels)},"model":"m"}`
    expect(scan(deep(499))?.model).toBe('m')
    expect(scan(deep(501))).toBeNull()
    expect(readRequest(Buffer.from(deep(100_000)))).toBeNull()
  })
})

/** JSON as a client may write it: any white space, any order, any nesting, keys that matter more often than others. */
const keys = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      'model',
      'stream',
      'n',
      'max_tokens',
      'stream_options',
      'tools',
      'type',
      'image_url',
      'messages',
      'prompt',
      'Model',
      'include_usage',
    ),
  },
  fc.string({ unit: 'binary', maxLength: 6 }),
)
const scalars = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom('image', 'function', 'web_search', 'text'),
)
const { object } = fc.letrec<{ value: unknown; object: Record<string, unknown> }>((tie) => ({
  value: fc.oneof({ depthSize: 'small' }, scalars, fc.array(tie('value'), { maxLength: 4 }), tie('object')),
  object: fc.dictionary(keys, tie('value'), { maxKeys: 6 }),
}))

test('the scanner agrees with JSON.parse on any request that it does not give up on', () => {
  fc.assert(
    fc.property(object, fc.constantFrom(undefined, 1, '\t', '\r\n '), (body, indent) => {
      const bytes = Buffer.from(JSON.stringify(body, null, indent))
      const scanned = scanRequest(bytes)
      const parsed = parseRequest(bytes)
      expect(parsed).not.toBeNull()
      if (scanned === null || parsed === null) return
      expect(meaningOf(scanned)).toEqual(meaningOf(parsed.facts))
      const truth: Record<string, unknown> = JSON.parse(bytes.toString())
      for (const [name, member] of Object.entries(scanned.members)) {
        expect(JSON.parse(bytes.toString('utf8', member.start, member.end))).toEqual(truth[name])
        expect(JSON.parse(bytes.toString('utf8', member.key, member.end).replace(/^("(?:[^"\\]|\\.)*")[^]*$/, '$1'))).toBe(name)
      }
      expect(scanned.model).toBe(typeof truth.model === 'string' && truth.model !== '' ? truth.model : null)
      expect(scanned.stream).toBe(truth.stream === true)
    }),
    { numRuns: 500 },
  )
})

test('a body with a byte changed is read as JSON.parse reads it, given up, or broken only within a text', () => {
  fc.assert(
    fc.property(object, fc.nat(), fc.oneof(fc.constantFrom(...Buffer.from('{}[]",:\\ 0nt')), fc.nat(255)), (body, at, byte) => {
      const bytes = Buffer.from(JSON.stringify({ model: 'm', ...body }))
      bytes[at % bytes.length] = byte
      const scanned = scanRequest(bytes)
      const parsed = parseRequest(bytes)
      if (scanned !== null && parsed !== null) expect(meaningOf(scanned)).toEqual(meaningOf(parsed.facts))
    }),
    { numRuns: 500 },
  )
})

describe.skipIf(!samples.areThere)('recorded requests', () => {
  test('are all read without doubt, as JSON.parse reads them', () => {
    const names = samples.names.filter((name) => name.endsWith('.request.json'))
    expect(names.length).toBeGreaterThan(20)
    for (const name of names) {
      const scanned = scanRequest(samples.read(name))
      const parsed = parseRequest(samples.read(name))
      expect(scanned && meaningOf(scanned), name).toEqual(parsed && meaningOf(parsed.facts))
      expect(scanned, name).not.toBeNull()
    }
  })
})
