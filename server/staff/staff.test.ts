import { expect, test } from 'vitest'
import { makeStaff, snapshot, startApp } from '../testing.ts'
import { change, events, jane, newDepartment, ownRows, password, update } from './staff.testing.ts'

const app = await startApp()

const keys =
  'staffid email firstname lastname full_name phonenumber facebook linkedin skype profile_image datecreated last_login last_activity admin role role_name active is_not_staff hourly_rate default_language email_signature departments'.split(
    ' '
  )

test('a new organization has an active admin, two roles and a department to begin with', async () => {
  const { api, adminId, ctx } = await app.organization()
  const { body } = await api.get(`/api/v1/staff/details/${adminId}`)
  expect(body.data).toMatchObject({ admin: '1', active: '1', role: '0', role_name: null, departments: [] })
  const of = (table: 'roles' | 'departments') =>
    ctx.db.kysely.selectFrom(table).selectAll().where('organization_id', '=', ctx.organization.id).orderBy('id').execute()
  expect((await of('roles')).map(({ name }) => name)).toEqual(['Employee', 'Manager'])
  for (const { permissions } of await ctx.db.kysely.selectFrom('roles').select('permissions').execute())
    expect(JSON.parse(permissions)).toEqual(expect.arrayContaining(['tickets:read', 'tickets:write']))
  expect((await of('departments')).map(({ name }) => name)).toEqual(['Support'])
})

test('a created staff member has exactly the 22 keys in their order, in create, details, list and update', async () => {
  const org = await app.organization({ timeZone: 'Asia/Tokyo' })
  const created = await org.api.post('/api/v1/staff/create', jane)
  expect(created.status).toBe(200)
  expect(Object.keys(created.body)).toEqual(['data', 'message'])
  expect(created.body.message).toBe('success')
  expect(Object.keys(created.body.data)).toEqual(keys)
  expect(created.body.data).toEqual({
    ...jane,
    staffid: expect.stringMatching(/^[1-9]\d*$/),
    full_name: 'Jane Doe',
    ...{ phonenumber: null, facebook: null, linkedin: null, skype: null, profile_image: null },
    datecreated: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
    ...{ last_login: null, last_activity: null, admin: '0', role: '0', role_name: null, active: '1', is_not_staff: '0' },
    ...{ hourly_rate: '0.00', default_language: null, email_signature: null, departments: [] }
  })
  const hoursAhead = (Date.parse(`${created.body.data.datecreated}Z`) - Date.now()) / 3_600_000
  expect(hoursAhead).toBeCloseTo(9, 1)
  const id = created.body.data.staffid
  expect((await org.api.get(`/api/v1/staff/details/${id}`)).text).toBe(created.text)
  const { body: listed } = await org.api.get('/api/v1/staff/list?search=jane')
  expect(listed.data).toEqual([created.body.data])
  expect(Object.keys(listed.data[0])).toEqual(keys)
  expect(Object.keys((await update(org, id, change)).body.data)).toEqual(keys)
})

test('every field that is sent is kept and read back', async () => {
  const org = await app.organization()
  const [role, department] = await ownRows(org)
  const sent = {
    ...{ phonenumber: '+49 30 1234', facebook: 'https://facebook.example/jane', linkedin: 'jane-doe', skype: 'live:jane' },
    ...{ hourly_rate: '12.5', default_language: 'german', email_signature: '<b>Jane</b> "Doe"', admin: '1', status: '0' }
  }
  const made = await org.api.post('/api/v1/staff/create', { ...jane, ...sent, role, 'departments[]': [department] })
  const { status, ...kept } = { ...sent, hourly_rate: '12.50', role, role_name: 'Employee', departments: [department] }
  expect(made.body.data).toMatchObject({ ...kept, active: status })
  const other = {
    ...sent,
    phonenumber: '1',
    hourly_rate: '0.01',
    admin: '0',
    status: '1',
    email: 'J.Doe@Example.com',
    lastname: 'Roe'
  }
  const { body } = await update(org, made.body.data.staffid, { firstname: 'Joan', ...other, role: '0' })
  expect(body.data).toMatchObject({ phonenumber: '1', hourly_rate: '0.01', admin: '0', active: '1', email: 'J.Doe@Example.com' })
  expect(body.data).toMatchObject({ full_name: 'Joan Roe', role: '0', role_name: null, departments: [department] })
})

test('create refuses what is missing or cannot be taken, names every field and keeps nothing', async () => {
  const { api } = await app.organization()
  const before = await snapshot(app)
  const empty = await api.post('/api/v1/staff/create', {})
  expect(empty.status).toBe(422)
  expect(Object.keys(empty.body.error.fields)).toEqual(['firstname', 'lastname', 'email'])
  const bad = { firstname: 'é'.repeat(192), email: 'nobody', status: '2', admin: 'yes', hourly_rate: '1.234', role: 'x' }
  const wrong = await api.post('/api/v1/staff/create', { ...jane, ...bad, 'departments[]': ['-1'], phonenumber: '1'.repeat(65) })
  expect(Object.keys(wrong.body.error.fields).sort()).toEqual([...Object.keys(bad), 'departments', 'phonenumber'].sort())
  expect((await api.post('/api/v1/staff/create', { ...jane, email: `${'\ufb2c'.repeat(100)}@example.com` })).status).toBe(422)
  expect(await snapshot(app)).toBe(before)
})

test('a name of 191 letters that grow when folded is taken', async () => {
  const { api } = await app.organization()
  const { status, body } = await api.post('/api/v1/staff/create', { ...jane, firstname: 'ﷺ'.repeat(191) })
  expect(status).toBe(200)
  expect(body.data.firstname).toBe('ﷺ'.repeat(191))
})

test('an e-mail belongs to one staff member of an organization, whatever its case, also when two ask at once', async () => {
  const [org, other] = [await app.organization(), await app.organization()]
  const { staffid } = await makeStaff(org, jane)
  const before = await snapshot(app)
  const taken = await org.api.post('/api/v1/staff/create', { ...jane, email: 'JANE@Example.COM' })
  expect([taken.status, taken.body.error]).toEqual([
    409,
    { code: 4006, type: 'DUPLICATE_DATA', fields: { email: expect.any(String) } }
  ])
  expect((await update(org, org.adminId, { ...change, email: 'Jane@example.com' })).status).toBe(409)
  expect(await snapshot(app)).toBe(before)
  expect((await update(org, staffid, { ...change, email: 'JANE@example.com' })).body.data.email).toBe('JANE@example.com')
  expect((await other.api.post('/api/v1/staff/create', jane)).status).toBe(200)
  const racing = await Promise.all(
    ['Race@example.com', 'rAce@example.com', 'RACE@example.com'].map(email =>
      org.api.post('/api/v1/staff/create', { ...jane, email })
    )
  )
  expect(racing.map(({ status }) => status).sort()).toEqual([200, 409, 409])
})

test('two staff members who take the same new e-mail at once: one gets it', async () => {
  const org = await app.organization()
  const [one, two] = [await makeStaff(org), await makeStaff(org)]
  const answers = await Promise.all(
    [one, two].map(({ staffid }) => update(org, staffid, { ...change, email: 'wanted@example.com' }))
  )
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
})

test('an update changes what is sent, leaves what is not and clears what is sent empty', async () => {
  const org = await app.organization()
  const [role, department] = await ownRows(org)
  const optional = {
    phonenumber: '555',
    facebook: 'f',
    linkedin: 'l',
    skype: 's',
    default_language: 'english',
    email_signature: 'e'
  }
  const all = { ...jane, ...optional, hourly_rate: '10', admin: '1', role, departments: [department] }
  const { body: made } = await org.api.post('/api/v1/staff/create', all)
  const kept = await update(org, made.data.staffid, { firstname: 'Jo', status: '1' })
  expect(kept.body.data).toEqual({ ...made.data, firstname: 'Jo', full_name: 'Jo Doe' })
  const blank = Object.fromEntries(
    [...Object.keys(optional), 'hourly_rate', 'admin', 'role', 'departments', 'lastname'].map(name => [name, ''])
  )
  const { body: cleared } = await update(org, made.data.staffid, { ...change, ...blank })
  const nothing = Object.fromEntries(Object.keys(optional).map(name => [name, null]))
  expect(cleared.data).toEqual({
    ...{ ...made.data, ...nothing, hourly_rate: '0.00', admin: '0', role: '0', role_name: null, departments: [] },
    ...{ lastname: '', full_name: 'Jane' }
  })
})

test('an update needs status and firstname, and cannot empty the e-mail', async () => {
  const org = await app.organization()
  const before = await snapshot(app)
  expect(Object.keys((await update(org, org.adminId, { lastname: 'x' })).body.error.fields)).toEqual(['status', 'firstname'])
  expect(Object.keys((await update(org, org.adminId, { firstname: ' ', status: '' })).body.error.fields)).toEqual([
    'status',
    'firstname'
  ])
  const emptied = await update(org, org.adminId, { ...change, email: '' })
  expect([emptied.status, Object.keys(emptied.body.error.fields)]).toEqual([422, ['email']])
  expect(await snapshot(app)).toBe(before)
})

test('departments are replaced when sent, each once; 0 is none', async () => {
  const org = await app.organization()
  const [, support] = await ownRows(org)
  const sales = await newDepartment(org, 'Sales')
  const { staffid } = await makeStaff(org, { 'departments[]': [sales, support, sales] })
  const departments = async (fields: Record<string, string | string[]>) =>
    (await update(org, staffid, { ...change, ...fields })).body.data.departments
  expect(await departments({})).toEqual([support, sales])
  expect(await departments({ 'departments[0]': sales })).toEqual([sales])
  expect(await departments({ 'departments[]': ['0'] })).toEqual([])
  const json = async (fields: object) =>
    (await org.api.json('PUT', `/api/v1/staff/update/${staffid}`, { ...change, ...fields })).body.data.departments
  expect(await json({ departments: [Number(support), sales] })).toEqual([support, sales])
  expect(await json({ phonenumber: null })).toEqual([support, sales])
  expect(await json({ departments: [] })).toEqual([])
  expect(await json({ 'departments[]': [sales] })).toEqual([sales])
})

test('each change is one event that tells before and after, by whom', async () => {
  const org = await app.organization()
  const [role, department] = await ownRows(org)
  const { staffid } = await makeStaff(org, jane)
  const by = String(org.adminId)
  await update(org, staffid, { ...change, role, departments: department, password, email_signature: 'Yours', staff_id: by })
  await update(org, staffid, { ...change, status: '0' })
  await update(org, staffid, { ...change, status: '0' })
  await update(org, staffid, change)
  const told = await events(org, staffid)
  expect(told.map(({ type }) => type)).toEqual(['staff.created', 'staff.updated', 'staff.deactivated', 'staff.activated'])
  expect(told[0]).toMatchObject({ data: { email: jane.email, role_id: null, is_admin: 0 }, actor_type: 'app' })
  expect(told[1]).toMatchObject({ actor_type: 'staff', actor_id: org.adminId })
  expect(told[1]?.data).toEqual({
    ...{ role_id: [null, Number(role)], email_signature: true, password: true },
    department_ids: [[], [Number(department)]]
  })
  expect(told[2]?.data).toEqual({ is_active: [1, 0] })
})
