import { prices } from '@llm-manager/contract/prices'
import { bind } from '../../platform/bind.ts'
import { resolvePrice } from './prices.resolve.ts'
import { createPrice, listPricesInReach, withdrawPrice } from './prices.ts'

export const priceRoutes = bind('prices', prices, {
  create: createPrice,
  list: listPricesInReach,
  resolve: resolvePrice,
  withdraw: withdrawPrice,
})
