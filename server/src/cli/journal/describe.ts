import type { Damage } from '../../platform/journal/reading.ts'
import type { EpochSurvey, Owner } from '../../platform/journal/survey.ts'
import type { Known } from './known.ts'

/** True when somebody has to do something: calls are lost, or cannot come into this database. */
export function isWrong(survey: EpochSurvey, known: Known | null): boolean {
  return survey.damage.length > 0 || survey.orphaned > 0 || isForeign(survey, known)
}

export function isForeign({ database }: EpochSurvey, known: Known | null): boolean {
  return known !== null && database !== undefined && database !== known.database
}

/** An epoch in some lines, without a line feed at the end. */
export function describeEpoch(survey: EpochSurvey, known: Known | null): string {
  const { segments, damage, tornBytes, orphaned } = survey
  const lines: [string, string][] = [
    ['folder', survey.folder],
    ['database', describeDatabase(survey, known)],
    ['segments', `${segments.length}, ${mebibytes(survey.bytes)} MiB`],
    ['calls', describeCalls(survey)],
  ]
  if (orphaned > 0) lines.push(['LOST', `${orphaned} settlement(s) whose hold is in a damaged stretch`])
  for (const place of damage) lines.push(['DAMAGED', describeDamage(place)])
  if (tornBytes > 0) lines.push(['cut off', `the last write, ${tornBytes} bytes that nobody was told had succeeded`])
  return [`${survey.epoch}  ${describeOwner(survey.owner)}`, ...lines.map(([name, text]) => `  ${name.padEnd(9)} ${text}`)].join('\n')
}

export function describeOwner(owner: Owner): string {
  if (owner.state === 'nobody') return 'nobody works on it'
  if (owner.state === 'alive') return `alive, process ${owner.pid}`
  if (owner.state !== 'elsewhere') return `its process ${owner.pid} is dead`
  const { pid, touchedSecondsAgo } = owner
  return `process ${pid} of another machine, boot or container, last heard of ${touchedSecondsAgo} s ago${touchedSecondsAgo <= 10 ? ' (alive)' : ''}`
}

function describeDatabase({ database }: EpochSurvey, known: Known | null): string {
  if (database === undefined) return 'not said: an older version wrote it'
  if (known === null) return database
  return database === known.database ? 'this one' : `ANOTHER ONE: ${database}; this one is ${known.database}`
}

function describeCalls({ settled, settledNotDrained, openHolds }: EpochSurvey): string {
  const waiting =
    settledNotDrained === undefined ? 'how many are in the database is not known' : `${settledNotDrained} not in the database yet`
  return `${settled} settled (${waiting}), ${openHolds} open`
}

export function describeDamage({ file, reason, from, to }: Damage): string {
  if (reason === 'missing') return `${file}: the segments before it are missing, ${from} to ${to - 1}`
  return `${file}: ${reason === 'header' ? 'its header cannot be read' : `bytes ${from} to ${to - 1} cannot be read`}`
}

function mebibytes(bytes: number): string {
  return (bytes / 1024 ** 2).toFixed(1)
}
