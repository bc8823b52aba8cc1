import type { NextConfig } from 'next'
import createNextIntlPlugin from 'next-intl/plugin'

process.env.NEXT_TELEMETRY_DISABLED = '1'

const withIntl = createNextIntlPlugin({
  requestConfig: './i18n/request.ts',
  experimental: { messages: { path: './messages', locales: ['pt-BR', 'en', 'es'], format: 'json', precompile: true } },
})

const config: NextConfig = {
  reactCompiler: true,
  poweredByHeader: false,
  transpilePackages: ['@llm-manager/contract'],
  // Types are checked by the test suite; a build on someone's machine need not wait for that
  typescript: { ignoreBuildErrors: true },
  devIndicators: false,
  agentRules: false,
  // Without this, modules that several parts of a page share are sent once in each part
  experimental: { agentUpgrade: false, turbopackChunking: { minChunkSize: 20_000, requestCost: 20_000 } },
}

export default withIntl(config)
