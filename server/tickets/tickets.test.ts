import { expect, test } from 'vitest'
import { startApp } from '../testing.ts'

const app = await startApp()

const keys =
  'ticketid adminreplying userid contactid merged_ticket_id email name department priority status service ticketkey subject message admin date project_id lastreply clientread adminread assigned staff_id_replying cc tenant_ticket_id status_id'.split(
    ' '
  )

test('a created ticket is answered with exactly the 25 keys in their order, then the message', async () => {
  const { api } = await app.organization({ timeZone: 'Europe/Berlin' })
  const { status, body, text } = await api.post('/api/v1/ticket/create', { subject: ' Printer ', message: 'On fire' })
  expect(status).toBe(200)
  expect(Object.keys(body)).toEqual(['data', 'message'])
  expect(Object.keys(body.data)).toEqual(keys)
  expect(text.indexOf('"data"')).toBeLessThan(text.indexOf('"message":"success"'))
  expect(body.data).toMatchObject({
    ticketid: '1',
    subject: 'Printer',
    message: 'On fire',
    status: 'Open',
    status_id: '1',
    admin: '0'
  })
  expect(body.data).toMatchObject({
    merged_ticket_id: null,
    service: null,
    lastreply: null,
    staff_id_replying: null,
    cc: null,
    project_id: '0'
  })
  expect(body.data.ticketkey).toMatch(/^[0-9a-f]{32}$/)
})

test('ticket numbers count within the organization', async () => {
  const [one, two] = [await app.organization(), await app.organization()]
  for (const number of ['1', '2']) {
    const { body } = await one.api.post('/api/v1/ticket/create', { subject: 'A', message: 'B' })
    expect(body.data.ticketid).toBe(number)
  }
  const { body } = await two.api.post('/api/v1/ticket/create', { subject: 'A', message: 'B' })
  expect(body.data.ticketid).toBe('1')
})
