import type { IncomingMessage } from 'node:http'
import { Refused } from '../errors.ts'
import type { GatewayState } from '../state.ts'

/** The client left before its request was whole: there is nobody to answer. */
export class ClientLeft extends Error {
  override readonly name = 'ClientLeft'
}

/** The bytes of a JSON request, within the bounds of one and of all together; the caller gives `state.requestBytes` back. */
export function readBody(state: GatewayState, req: IncomingMessage): Promise<Buffer> {
  const type = req.headers['content-type']
  // Whoever reads the same bytes in another encoding may read another request in them.
  if (type !== undefined && !/^application\/json\s*(?:;\s*(?:charset="?utf-?8"?\s*)?)?$/i.test(type))
    throw new Refused('unsupported_media_type', 'The request must be JSON in UTF-8 (content-type: application/json).')
  const encoding = req.headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity') throw new Refused('unsupported_media_type', 'The request must not be compressed.')
  checkSize(state, Number(req.headers['content-length'] ?? 0))
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    let isOver = false
    const giveUp = (error: Error) => {
      if (isOver) return
      isOver = true
      state.requestBytes -= bytes
      req.removeAllListeners('data').resume()
      reject(error)
    }
    req.on('data', (chunk: Buffer) => {
      try {
        checkSize(state, bytes + chunk.length)
      } catch (error) {
        return giveUp(error as Refused)
      }
      bytes += chunk.length
      state.requestBytes += chunk.length
      chunks.push(chunk)
    })
    req.once('end', () => {
      isOver = true
      resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, bytes))
    })
    req.once('error', () => giveUp(new ClientLeft()))
    req.once('aborted', () => giveUp(new ClientLeft()))
  })
}

function checkSize({ bounds, requestBytes }: GatewayState, bytes: number): void {
  if (bytes > bounds.requestBytesMax) throw new Refused('request_too_large', `The request is larger than ${bounds.requestBytesMax} bytes.`)
  if (requestBytes + bytes > bounds.requestBytesSumMax)
    throw new Refused('overloaded', 'The requests under way are larger together than can be held. Try again.')
}
