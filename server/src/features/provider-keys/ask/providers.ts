import type { Received } from '@llm-manager/contract/endpoint'
import type { providers } from '@llm-manager/contract/providers'
import { say } from '../../../messages/messages.ts'
import type { Ctx } from '../../../platform/ctx.ts'
import { providerNames } from '@llm-manager/contract/common'
import { providerOf } from '../../../providers/registry.ts'
import { providerTitle } from '../provider-keys.view.ts'
import { askProvider, toValidation } from './ask-provider.ts'
import { readKeyTarget } from './key-target.ts'

/** The ten providers, in the order of the key API. */
export async function listProviders(ctx: Ctx) {
  const providers = providerNames.map((value) => {
    const provider = providerOf(value)
    const name = providerTitle(value)
    const base_url = ctx.config.baseUrls[value] ?? provider.baseUrl
    const description = say(ctx.request.locale, 'provider_description', { name })
    return { value, name, description, base_url, needs_api_key: provider.needsKey, needs_base_url: base_url === null }
  })
  return { providers, total: providers.length }
}

/** Asks a provider whether it takes a key; nothing is stored. */
export async function validateKey(ctx: Ctx, { body }: Received<typeof providers.validate>) {
  const target = await readKeyTarget(ctx, body)
  return toValidation(ctx, target, await askProvider(ctx, target))
}
