import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'

/** How PostgreSQL's programs are run: as whom, and by which command in front. */
export type Identity = {
  /** the command line to run instead of `command args` */
  wrap: (command: string, args: string[]) => [string, string[]]
  /** owner that files for PostgreSQL must have, null = whoever we are */
  owner: number | null
  /** what the operator should know about it, null = nothing unusual */
  note: string | null
}

/** Runs a command and says whether it succeeded; replaced where a test plays a system that forbids something. */
export type Probe = (command: string, args: string[]) => boolean

const SPARE_UID = 65_534
const USER_NAMESPACE = ['--user', '--map-user=1000', '--map-group=1000', '--']

/**
 * PostgreSQL refuses to run as root. An ordinary user runs it directly. Root runs it inside a user namespace, where root
 * appears as an ordinary user while files stay root's; where namespaces are forbidden, as an unprivileged user that is
 * given the database's files and may pass through closed folders above them.
 * @param clusterFolder the database's files: when another user owns them, root runs PostgreSQL as that user
 * @throws when none of this is possible here
 */
export function chooseIdentity(clusterFolder: string, probe: Probe = runQuietly): Identity {
  if (process.getuid?.() !== 0) return { wrap: (command, args) => [command, args], owner: null, note: null }
  const owner = statSync(clusterFolder, { throwIfNoEntry: false })?.uid ?? 0
  if (owner === 0 && probe('unshare', [...USER_NAMESPACE, 'true'])) {
    return { wrap: (command, args) => ['unshare', [...USER_NAMESPACE, command, ...args]], owner: null, note: null }
  }
  const uid = owner === 0 ? SPARE_UID : owner
  const drop = dropTo(uid)
  if (probe('setpriv', [...drop, 'true'])) {
    const why = owner === 0 ? 'user namespaces are forbidden here' : 'its files belong to that user'
    return {
      wrap: (command, args) => ['setpriv', [...drop, command, ...args]],
      owner: uid,
      note: `PostgreSQL runs as user ${uid}, because it refuses to run as root and ${why}`,
    }
  }
  throw new Error(
    'PostgreSQL refuses to run as root, and this system allows neither user namespaces (unshare) nor dropping to another user (setpriv). Run this program as an ordinary user, or set DATABASE_URL',
  )
}

/** Only the right to pass through and read folders remains (the data folder may lie under a folder that is root's alone). */
function dropTo(uid: number): string[] {
  const rights = '-all,+dac_override'
  return [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', `--inh-caps=${rights}`, `--ambient-caps=${rights}`, '--']
}

function runQuietly(command: string, args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0
}
