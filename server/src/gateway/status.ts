/** What the process knows of its gateway. `revocationDelayMs`: from the last observed change to its being in force here. */
export type GatewayStatus = {
  openCalls: number
  waitingEvents: number
  lagSeconds: number
  admitting: boolean
  revocationDelayMs: number | null
}
