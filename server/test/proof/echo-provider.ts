import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * A provider that repeats the credential it was sent, in every place where a careless one might. The name of the model says how it
 * fails; `/user/balance` is where a DeepSeek key is checked.
 */
export type EchoProvider = { baseUrl: string; close(): Promise<void> }

const ways: Record<string, (credential: string, res: ServerResponse) => void> = {
  'echo-401': (credential, res) =>
    send(
      res,
      401,
      { error: { message: `Incorrect API key provided: ${credential}.`, type: 'invalid_request_error', code: 'invalid_api_key' } },
      credential,
    ),
  'echo-429': (credential, res) =>
    send(res, 429, { error: { message: `Rate limit of ${credential}`, type: credential, code: credential } }, credential),
  'echo-500': (credential, res) => {
    res.writeHead(500, { 'content-type': 'text/html', 'x-debug': `authorization=Bearer ${credential}` })
    res.end(`<html><body>Error while calling with ${credential} (${Buffer.from(`Bearer ${credential}`).toString('base64')})</body></html>`)
  },
  'echo-200': (credential, res) =>
    send(res, 200, { error: { message: `Upstream refused ${credential}`, type: `refused ${credential}`, code: 401 } }, credential),
  'echo-redirect': (credential, res) => {
    res.writeHead(302, { location: `https://login.example.com/?key=${credential}` })
    res.end()
  },
  'echo-stream': (credential, res) => {
    res.writeHead(200, { 'content-type': 'text/event-stream', 'x-debug': credential })
    res.end(
      `data: {"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"as far as it came"}}]}\n\ndata: ${JSON.stringify({ error: { message: `Upstream refused ${credential}`, type: credential, code: 401 } })}\n\ndata: [DONE]\n\n`,
    )
  },
  'echo-reset': (_, res) => res.destroy(),
  'echo-garbage': (credential, res) => {
    res.writeHead(200, { 'content-type': 'application/json' })
    res.end(`{"choices": [ ${credential}`)
  },
}

export const echoModels = Object.keys(ways)

/** Keys with `refused` in them are refused at the check, those with `broken` meet a server error; all others are good. */
export async function startEchoProvider(): Promise<EchoProvider> {
  const server = createServer((req, res) => void answer(req, res))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const credential = (req.headers.authorization ?? '').replace(/^Bearer /, '')
  const chunks: Buffer[] = []
  for await (const chunk of req) chunks.push(chunk as Buffer)
  if (req.url === '/user/balance') {
    if (credential.includes('refused')) return ways['echo-401']!(credential, res)
    if (credential.includes('broken')) return ways['echo-500']!(credential, res)
    return send(res, 200, { is_available: true }, credential)
  }
  const { model } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { model: string }
  ;(ways[model] ?? ways['echo-401']!)(credential, res)
}

function send(res: ServerResponse, status: number, body: unknown, credential: string): void {
  res.writeHead(status, {
    'content-type': 'application/json',
    'x-debug': `key ${credential}`,
    'www-authenticate': `Bearer error="${credential}"`,
  })
  res.end(JSON.stringify(body))
}
