import { verify } from '@node-rs/argon2'
import { expect, test } from 'vitest'
import { makeStaff, snapshot, startApp } from '../testing.ts'
import { change, events, hashOf, jane, ownRows, password, update } from './staff.testing.ts'

const app = await startApp()

test('a role, department or acting staff member that is unknown or of another organization is refused alike', async () => {
  const [org, other] = [await app.organization(), await app.organization()]
  const [role, department] = await ownRows(other)
  const stranger = await makeStaff(other)
  const { staffid } = await makeStaff(org)
  const before = await snapshot(app)
  for (const [field, theirs] of [
    ['role', role],
    ['departments', department],
    ['staff_id', stranger.staffid]
  ] as const) {
    for (const send of [
      (id: string) => org.api.post('/api/v1/staff/create', { ...jane, [field]: id }),
      (id: string) => update(org, staffid, { ...change, [field]: id })
    ]) {
      const [foreign, unknown] = [await send(theirs), await send('999999')]
      expect([foreign.status, Object.keys(foreign.body.error.fields)]).toEqual([422, [field]])
      expect(foreign.text).toBe(unknown.text)
    }
  }
  expect(await snapshot(app)).toBe(before)
})

test('a staff member of another organization is nobody here, in details, update and lists', async () => {
  const [org, other] = [await app.organization(), await app.organization()]
  const stranger = await makeStaff(other, { lastname: 'Strangerson' })
  const [role] = await ownRows(other)
  await update(other, stranger.staffid, { ...change, role })
  const before = await snapshot(app)
  for (const send of [
    (id: string) => org.api.get(`/api/v1/staff/details/${id}`),
    (id: string) => update(org, id, { ...change, email: 'new@example.com' }),
    (id: string) => update(org, id, { ...change, password, role, admin: '0' })
  ]) {
    const [foreign, unknown] = [await send(stranger.staffid), await send('999999')]
    expect([foreign.status, foreign.body.error.code]).toEqual([404, 4003])
    expect(foreign.text).toBe(unknown.text)
  }
  for (const filter of ['search=Strangerson', `role=${role}`]) {
    expect((await org.api.get(`/api/v1/staff/list?${filter}&with_total=1`)).body).toMatchObject({ data: [], meta: { total: 0 } })
  }
  expect((await org.api.get('/api/v1/staff/details/0')).body.error.code).toBe(4001)
  expect(await snapshot(app)).toBe(before)
})

test('password, admin and role need staff:admin beside staff:write; the refusal names it and nothing is kept', async () => {
  const org = await app.organization()
  const { staffid } = await makeStaff(org, { password })
  const [role, department] = await ownRows(org)
  const writer = await org.as('staff:read', 'staff:write')
  const before = await snapshot(app)
  for (const fields of [{ password }, { admin: '1' }, { admin: '0' }, { role }, { role: '0' }]) {
    const refused = [
      await writer.post('/api/v1/staff/create', { ...jane, ...fields }),
      await writer.put(`/api/v1/staff/update/${staffid}`, { ...change, ...fields })
    ]
    for (const { status, body } of refused) {
      expect([status, body.error.code, body.error.type]).toEqual([403, 4005, 'ACCESS_DENIED'])
      expect(body.message).toContain('staff:admin')
    }
  }
  for (const fields of [{ password: '' }, { admin: '' }, { role: '' }]) {
    expect((await writer.put(`/api/v1/staff/update/${staffid}`, { ...change, ...fields })).status).toBe(403)
  }
  expect(await snapshot(app)).toBe(before)
  const plain = { ...jane, password: '', admin: '', role: '', 'departments[]': [department], status: '0' }
  expect((await writer.post('/api/v1/staff/create', plain)).body.data).toMatchObject({ admin: '0', role: '0', active: '0' })
  expect((await writer.put(`/api/v1/staff/update/${staffid}`, change)).status).toBe(200)
})

test('reading needs staff:read and writing staff:write, whatever else an app may do', async () => {
  const org = await app.organization()
  const reader = await org.as('staff:read')
  const admin = await org.as('staff:admin', 'tickets:write')
  const before = await snapshot(app)
  for (const answer of [
    await reader.post('/api/v1/staff/create', jane),
    await reader.put(`/api/v1/staff/update/${org.adminId}`, change),
    await admin.post('/api/v1/staff/create', jane),
    await admin.put(`/api/v1/staff/update/${org.adminId}`, change),
    await admin.get('/api/v1/staff/list'),
    await admin.get(`/api/v1/staff/details/${org.adminId}`)
  ])
    expect([answer.status, answer.body.error.code]).toEqual([403, 4005])
  expect(await snapshot(app)).toBe(before)
})

test('the last active admin can be neither deactivated nor demoted', async () => {
  const org = await app.organization()
  await makeStaff(org, { admin: '1', status: '0' })
  await makeStaff(await app.organization(), { admin: '1' })
  const before = await snapshot(app)
  const refused = [
    { ...change, status: '0' },
    { ...change, admin: '0' },
    { ...change, admin: '' },
    { ...change, status: '0', admin: '0' }
  ]
  const named = [['status'], ['admin'], ['admin'], ['admin', 'status']]
  for (const [index, fields] of refused.entries()) {
    const { status, body } = await update(org, org.adminId, fields)
    expect([status, Object.keys(body.error.fields).sort()]).toEqual([422, named[index]])
  }
  expect(await snapshot(app)).toBe(before)
  const second = await makeStaff(org, { admin: '1' })
  expect((await update(org, org.adminId, { ...change, status: '0' })).body.data.active).toBe('0')
  expect((await update(org, second.staffid, { ...change, admin: '0' })).status).toBe(422)
})

test('two requests that demote the last two admins at once: one of them stays', async () => {
  const org = await app.organization()
  for (const fields of [{ admin: '0' }, { status: '0' }] as Record<string, string>[]) {
    const pair = [await makeStaff(org, { admin: '1' }), await makeStaff(org, { admin: '1' })]
    const { body } = await org.api.get('/api/v1/staff/list?active=1')
    for (const { staffid, admin } of body.data)
      if (admin === '1' && !pair.some(kept => kept.staffid === staffid)) await update(org, staffid, { ...change, admin: '0' })
    const answers = await Promise.all(pair.map(({ staffid }) => update(org, staffid, { ...change, ...fields })))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 422])
  }
})

test('a password is checked, kept only as a slow hash, and no answer and no event tells it', async () => {
  const org = await app.organization()
  const before = await snapshot(app)
  for (const weak of ['short', 'nine char', 'basketball', 'BasketBall', 'x'.repeat(1001)]) {
    for (const answer of [
      await org.api.post('/api/v1/staff/create', { ...jane, password: weak }),
      await update(org, org.adminId, { ...change, password: weak })
    ])
      expect([answer.status, Object.keys(answer.body.error.fields)]).toEqual([422, ['password']])
  }
  expect(await snapshot(app)).toBe(before)
  const made = await org.api.post('/api/v1/staff/create', { ...jane, password })
  const id = made.body.data.staffid
  const first = await hashOf(org, id)
  expect(first).toMatch(/^\$argon2id\$/)
  const changed = await update(org, id, { ...change, password: 'eight blue herons' })
  const second = await hashOf(org, id)
  expect(second).toMatch(/^\$argon2id\$/)
  expect(second).not.toBe(first)
  await update(org, id, change)
  expect(await hashOf(org, id)).toBe(second)
  const told = [made, changed, await org.api.get('/api/v1/staff/list'), await org.api.get(`/api/v1/staff/details/${id}`)]
  const words = [...told.map(({ text }) => text), JSON.stringify(await events(org, id))].join()
  expect(words).not.toMatch(/herons|argon2|password_hash|token|search_key/)
  await update(org, id, { ...change, password: '' })
  expect(await hashOf(org, id)).toBeNull()
})

test('a password is taken exactly as sent, blanks around it too, in every encoding', async () => {
  const org = await app.organization()
  const exact = `  ${password}\t `
  const { staffid } = await makeStaff(org, { password: exact })
  const isKept = async (text: string) => verify((await hashOf(org, staffid)) as string, text)
  expect([await isKept(exact), await isKept(password)]).toEqual([true, false])
  await update(org, staffid, { ...change, password })
  expect(await isKept(password)).toBe(true)
  const [path, json] = [`/api/v1/staff/update/${staffid}`, { ...change, password: exact }]
  const bodies: [string, string][] = [
    ['application/json', JSON.stringify(json)],
    ['application/x-www-form-urlencoded', new URLSearchParams(json).toString()]
  ]
  for (const [type, body] of bodies) {
    await update(org, staffid, { ...change, password })
    expect((await org.api.send('PUT', path, { body, headers: { 'content-type': type } })).status).toBe(200)
    expect(await isKept(exact)).toBe(true)
  }
  for (const blank of [' '.repeat(9), ' '.repeat(12), '  basketball  ']) {
    expect((await update(org, staffid, { ...change, password: blank })).status).toBe(422)
    expect(await isKept(exact)).toBe(true)
  }
})

test('a deactivated staff member can no longer act', async () => {
  const org = await app.organization()
  const { staffid } = await makeStaff(org)
  await update(org, staffid, { ...change, status: '0' })
  expect((await org.api.post('/api/v1/staff/create', { ...jane, staff_id: staffid })).status).toBe(422)
  await update(org, staffid, change)
  expect((await org.api.post('/api/v1/staff/create', { ...jane, staff_id: staffid })).status).toBe(200)
})
