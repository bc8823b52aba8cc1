import { runStack } from './stack/stack.ts'

process.exitCode = await runStack({ isDev: false, env: process.env })
