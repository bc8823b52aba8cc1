import { prices } from '@llm-manager/contract/prices'
import { bind } from '../../platform/bind.ts'
import { createPrice, listPricesInReach } from './prices.ts'

export const priceRoutes = bind('prices', prices, { create: createPrice, list: listPricesInReach })
