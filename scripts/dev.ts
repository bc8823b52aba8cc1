import { runStack } from './stack/stack.ts'

process.exitCode = await runStack({ isDev: true, env: process.env })
