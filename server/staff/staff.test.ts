import { expect, test } from 'vitest'
import { makeStaff, startApp } from '../testing.ts'

const app = await startApp()

test('x', async () => {
  const org = await app.organization()
  console.error(
    await makeStaff(org, { departments: ['1'], role: '2', password: 'a long enough one', phonenumber: '+49 30 1234' })
  )
  console.error((await org.api.get('/api/v1/staff/list?search=030-1234')).text)
  console.error(
    (await org.api.put('/api/v1/staff/update/2', { firstname: 'Zoë', status: '0', departments: '', lastname: '' })).text
  )
  console.error((await org.api.get('/api/v1/staff/list?search=zoe&with_total=1')).text)
  console.error((await org.api.put('/api/v1/staff/update/1', { firstname: 'Zoë', status: '0' })).text)
  console.error(await org.ctx.db.kysely.selectFrom('events').selectAll().execute())
  expect(1).toBe(1)
})
