import { connect } from 'node:net'
import { createMessageReader, type MessageEvents } from './http-messages.ts'

/** A keep-alive connection, opened anew after a loss when the next request is written. */
export type Connection = { write(bytes: Buffer): void; close(): void }

/**
 * Opens connections to a port of this machine.
 * @param lost told when the connection ends or cannot be read while it is wanted
 */
export function openConnection(port: number, events: MessageEvents, lost: (reason: string) => void): Connection {
  let socket: ReturnType<typeof connect> | null = null
  const open = (): ReturnType<typeof connect> => {
    const opened = connect({ port, host: '127.0.0.1', noDelay: true })
    const read = createMessageReader(events)
    const lose = (reason: string): void => {
      if (socket !== opened) return
      socket = null
      opened.destroy()
      lost(reason)
    }
    opened.on('data', (piece) => {
      try {
        read(piece)
      } catch (error) {
        lose(error instanceof Error ? error.message : String(error))
      }
    })
    opened.on('error', (error) => lose(error.message))
    opened.on('close', () => lose('connection closed'))
    return opened
  }
  return {
    write: (bytes) => {
      socket ??= open()
      socket.write(bytes)
    },
    close: () => {
      const last = socket
      socket = null
      last?.destroy()
    },
  }
}
