/**
 * No new hold can be taken now; calls in flight are not touched. `disk`: the file system gives no more space (or fails),
 * `bound`: the journal has reached its `maxBytes`. Passes by itself once there is room again.
 */
export class JournalFull extends Error {
  readonly reason: 'disk' | 'bound'

  constructor(reason: 'disk' | 'bound', cause?: unknown) {
    super(reason === 'disk' ? 'the journal cannot get more disk space' : 'the journal has reached its bound', { cause })
    this.name = 'JournalFull'
    this.reason = reason
  }
}

/**
 * This process takes no more holds. A sync failed: the kernel may have dropped what was written, and a later sync would
 * succeed without it; what is written is still found after a restart if the disk kept it. Or the folder is gone: somebody
 * removed it, or took it for a dead process's.
 */
export class JournalFailed extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'JournalFailed'
  }
}
