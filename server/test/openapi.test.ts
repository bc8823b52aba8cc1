import { expect, test } from 'vitest'
import { openApiDocument } from '../src/api/openapi.ts'

test('the interface is the committed one; a change to it is accepted with `npx vitest -u`', async () => {
  await expect(`${JSON.stringify(openApiDocument(), null, 2)}\n`).toMatchFileSnapshot('../../contract/openapi.json')
})
