import { expect, test } from 'vitest'
import { startApp } from '../testing.ts'
const app = await startApp({ LOG_LEVEL: 'error' })
test('x', async () => {
  const { api } = await app.organization()
  console.error((await api.json('POST', '/api/v2/customers', { name: 'Acme', phone: '+1 555 0100', contact: { first_name: 'J', last_name: '', email: 'j@x.example', phone: '030' } })).text)
  console.error((await api.post('/api/v1/ticket/create', { subject: 'x', message: 'y', email: `${'ﷺ'.repeat(100)}@b.c` })).text.slice(0, 200))
  console.error((await api.post('/api/v1/staff/create', { firstname: 'x', lastname: 'y', email: `${'ﷺ'.repeat(100)}@b.c` })).text.slice(0, 200))
  console.error((await api.json('POST', '/api/v2/customers', { name: 'Acme', phone: '⑽'.repeat(64) })).text)
  expect(1).toBe(1)
})
