/**
 * Starts the console: `node console/server.mjs` serves the build, `--dev` compiles as it goes.
 * Environment: CONSOLE_PORT, HOST, API_URL, PUBLIC_URL, GATEWAY_URL, SESSION_SECRET or JWT_SECRET_KEY (server/console-config.ts).
 */
import { startConsole } from './server/console-server.ts'

await startConsole({ isDev: process.argv.includes('--dev') })
