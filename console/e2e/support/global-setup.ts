import type { TestProject } from 'vitest/node'
import { admin } from './people.ts'
import type { Running } from './processes.ts'
import { buildConsole, startSimulator, startStack } from './stack.ts'

declare module 'vitest' {
  interface ProvidedContext {
    consoleUrl: string
    apiUrl: string
    /** The simulated providers, for a stack of a test's own. */
    providerEnv: Record<string, string>
  }
}

const running: Running[] = []

/** One stack for all suites, its administrator provisioned; a suite that needs an empty one starts its own. */
export async function setup(project: TestProject): Promise<void> {
  await buildConsole()
  const simulator = await startSimulator()
  running.push(simulator)
  const stack = await startStack({ ...simulator.env, ADMIN_EMAIL: admin.email, ADMIN_PASSWORD: admin.password })
  running.push(stack)
  project.provide('consoleUrl', stack.consoleUrl)
  project.provide('apiUrl', stack.apiUrl)
  project.provide('providerEnv', simulator.env)
}

export async function teardown(): Promise<void> {
  for (const { stop } of running.toReversed()) await stop()
}
