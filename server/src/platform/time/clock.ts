/** The instant now. The one clock of a process; tests put their own in its place. */
export type Clock = () => Date

export const systemClock: Clock = () => new Date()
