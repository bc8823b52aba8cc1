import { api } from '@llm-manager/contract/api'
import type { Endpoint } from '@llm-manager/contract/endpoint'
import { errorStatus, type ErrorCode } from '@llm-manager/contract/errors'
import * as z from 'zod/mini'

type Json = Record<string, unknown>

const everyone: ErrorCode[] = ['too_many_requests', 'internal', 'unavailable']
const refusal = {
  type: 'object',
  required: ['detail', 'code', 'request_id'],
  properties: {
    detail: { type: 'string' },
    code: { type: 'string', enum: Object.keys(errorStatus) },
    errors: {
      type: 'array',
      items: { type: 'object', required: ['path', 'reason'], properties: { path: { type: 'string' }, reason: { type: 'string' } } },
    },
    request_id: { type: 'string' },
  },
}

let document: Json | null = null

/** The OpenAPI 3.1 document of the whole API, made from the contract. */
export function openApiDocument(): Json {
  document ??= {
    openapi: '3.1.0',
    info: {
      title: 'LLM Manager',
      version: '0.1.0',
      description: 'A self-hosted control plane and gateway for LLM keys.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths: pathsOf(),
    components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } }, schemas: { Error: refusal } },
  }
  return document
}

function pathsOf(): Json {
  const paths: Record<string, Json> = {}
  for (const [noun, endpoints] of Object.entries(api)) {
    for (const [name, endpoint] of Object.entries(endpoints as Record<string, Endpoint>)) {
      paths[endpoint.path] ??= {}
      paths[endpoint.path]![endpoint.method.toLowerCase()] = operationOf(noun, name, endpoint)
    }
  }
  return paths
}

function operationOf(noun: string, name: string, endpoint: Endpoint): Json {
  const status = String(endpoint.status ?? 200)
  const empty = status === '204'
  return {
    operationId: `${noun}.${name}`,
    tags: [noun],
    summary: endpoint.summary,
    description: `Access: \`${endpoint.access}\`${endpoint.plan ? `, plan \`${endpoint.plan}\`` : ''}.`,
    ...(endpoint.access !== 'public' && { security: [{ bearer: [] }] }),
    parameters: [...parametersOf(endpoint, 'params', 'path'), ...parametersOf(endpoint, 'query', 'query')],
    ...(endpoint.body && {
      requestBody: {
        required: true,
        content: { 'application/json': { schema: schemaOf(endpoint.body, 'input'), example: endpoint.example.body } },
      },
    }),
    responses: {
      [status]: { description: 'Done', ...(!empty && { content: { 'application/json': { schema: schemaOf(endpoint.reply, 'output') } } }) },
      ...refusalsOf(endpoint),
    },
  }
}

function parametersOf(endpoint: Endpoint, part: 'params' | 'query', where: 'path' | 'query'): Json[] {
  const schema = endpoint[part]
  if (!schema) return []
  const { properties = {}, required = [] } = schemaOf(schema, 'input') as { properties?: Record<string, Json>; required?: string[] }
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    schema: property,
  }))
}

function refusalsOf(endpoint: Endpoint): Json {
  const codes = new Set<ErrorCode>([...(endpoint.fails ?? []), ...everyone])
  if (endpoint.access !== 'public') codes.add('unauthenticated')
  if (endpoint.access !== 'public' && endpoint.access !== 'signed_in') codes.add('forbidden')
  if (endpoint.body) for (const code of ['invalid_input', 'unsupported_media', 'too_large'] as const) codes.add(code)
  else if (endpoint.query) codes.add('invalid_input')
  const byStatus = new Map<number, ErrorCode[]>()
  for (const code of codes) byStatus.set(errorStatus[code], [...(byStatus.get(errorStatus[code]) ?? []), code])
  return Object.fromEntries(
    [...byStatus]
      .sort(([a], [b]) => a - b)
      .map(([status, named]) => [
        status,
        { description: named.join(', '), content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } } },
      ]),
  )
}

function schemaOf(schema: z.ZodMiniType, io: 'input' | 'output'): Json {
  // A named format says what its long pattern says.
  const override = ({ jsonSchema }: { jsonSchema: Json }) => {
    if (jsonSchema.format) delete jsonSchema.pattern
  }
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any', override }) as Json
  return rest
}
