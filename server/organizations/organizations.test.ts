import { expect, test } from 'vitest'
import { startApp } from '../testing.ts'
import { createFirstOrganization } from './actions.ts'

const { app } = await startApp()

const names = () => app.house.store.reader.kysely.selectFrom('organizations').select('name').execute()

test('of first organizations that are created at once there is one, and none after it', async () => {
  const wishes = ['One', 'Two', 'Three'].map(name => ({ name, email: 'jane@example.com' }))
  const created = await Promise.all(wishes.map(wish => createFirstOrganization(app.house, wish)))
  expect(created.filter(Boolean)).toHaveLength(1)
  expect(await names()).toHaveLength(1)
  expect(await createFirstOrganization(app.house, { name: 'Four', email: 'jane@example.com' })).toBeUndefined()
  expect(await names()).toHaveLength(1)
})
