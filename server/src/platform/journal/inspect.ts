import { positionAt, uuidText, type Position, type RecordKind } from './disk/format.ts'
import { readSegmentFile, scanSegment } from './disk/scan.ts'

/** One line about a segment file, in the order of the file. Offsets are in bytes, `to` is exclusive. */
export type Inspected =
  | { what: 'header'; epoch: string; segment: number; madeAt: Date | undefined; database: string | undefined; sound: boolean }
  | { what: 'record'; kind: RecordKind; id: string; offset: number; bytes: number; position: Position; link: Position; payload: Buffer }
  | { what: 'damage' | 'torn'; from: number; to: number }
  | { what: 'end'; records: number; usedBytes: number; fileBytes: number }

/**
 * Tells what is in a segment file, for a person; changes nothing and may be used on a living journal, whose last record
 * may then look torn. Throws the file system's error.
 */
export async function* inspectJournal(file: string): AsyncGenerator<Inspected> {
  const segment = await readSegmentFile(file)
  const { header, epoch, data } = segment
  const madeAt = header === undefined ? undefined : new Date(header.madeAtMs)
  yield { what: 'header', epoch, segment: segment.segment, madeAt, database: header?.database, sound: header !== undefined }
  let records = 0
  let usedBytes = 0
  for (const found of scanSegment(segment)) {
    if (found.what === 'record') {
      const { kind, id, offset, bytes, link, payload } = found.record
      records += 1
      usedBytes = offset + bytes
      yield { what: 'record', kind, id: uuidText(id), offset, bytes, position: positionAt(segment.segment, usedBytes), link, payload }
    } else {
      usedBytes = found.to
      yield found
    }
  }
  yield { what: 'end', records, usedBytes, fileBytes: data.length }
}
