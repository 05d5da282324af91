import * as field from '../platform/fields.ts'
import { type FormValues, form } from '../platform/forms.ts'
import { listAnswer, paging, searched } from '../platform/lists.ts'
import { success, type V1 } from '../platform/v1.ts'
import * as cell from '../platform/wire.ts'
import { createStaff, updateStaff } from './actions.ts'
import { actAs, getStaff, type StaffRow, searchWords, staffColumns, staffCount, staffPage } from './queries.ts'
import type { StaffDetails } from './schema.ts'

const StaffShape = cell.shape<StaffRow>()({
  staffid: cell.id('id'),
  email: cell.text('email', 'jane@example.com'),
  firstname: cell.text('first_name', 'Jane'),
  lastname: cell.text('last_name', 'Doe'),
  full_name: cell.text('full_name', 'Jane Doe'),
  phonenumber: cell.optionalText('phone', '+1 555 0100'),
  facebook: cell.optionalText('facebook'),
  linkedin: cell.optionalText('linkedin'),
  skype: cell.optionalText('skype'),
  profile_image: cell.optionalText('profile_image'),
  datecreated: cell.time('created_at'),
  last_login: cell.optionalTime('last_login_at'),
  last_activity: cell.optionalTime('last_activity_at'),
  admin: cell.flag('is_admin'),
  role: cell.reference('role_id'),
  role_name: cell.optionalText('role_name', 'Employee'),
  active: cell.flag('is_active'),
  is_not_staff: cell.flag('is_not_staff'),
  hourly_rate: cell.money('hourly_rate'),
  default_language: cell.optionalText('default_language', 'english'),
  email_signature: cell.optionalText('email_signature'),
  departments: cell.idList('department_ids')
})
const readStaff = StaffShape.reading(staffColumns)

const needsAdmin = 'Needs the scope staff:admin'

const firstname = field.required(field.text({ max: 191, example: 'Jane' }))
const lastname = field.text({ max: 191, example: 'Doe' })
const email = field.email({ about: 'Of no other staff member, whatever the case' })

const role = field.reference({ about: `0 for none. ${needsAdmin}` })

const optional = {
  phonenumber: field.text({ max: 64, example: '+1 555 0100' }),
  password: {
    ...field.text({ max: 1000, about: `At least 10 characters and not a common one, taken as it is sent. ${needsAdmin}` }),
    exact: true as const
  },
  // 0 takes the role away, which empty does not say when a member is created.
  role: { ...role, read: (raw: Parameters<typeof role.read>[0]) => role.read(raw) ?? 0 },
  admin: field.flag({ about: `May do everything. ${needsAdmin}` }),
  departments: field.references({ about: 'Exactly these; 0 for none' }),
  hourly_rate: field.money(),
  facebook: field.text({ max: 500 }),
  linkedin: field.text({ max: 500 }),
  skype: field.text({ max: 191 }),
  default_language: field.text({ max: 32, example: 'english' }),
  email_signature: field.text({ max: 10_000 }),
  staff_id: field.reference({ about: 'The acting staff member; without one the app itself acts' })
}

const NewStaffForm = form({
  firstname,
  lastname: field.required(lastname),
  email: field.required(email),
  status: field.flag({ about: '1 active, as it is unless told; 0 not' }),
  ...optional
})

const StaffChangeForm = form({
  status: field.required(field.flag({ about: '1 active, 0 not' })),
  firstname,
  lastname,
  email,
  ...optional
})

const StaffQuery = form({
  ...paging,
  active: field.flag({ about: '1 those who are active, 0 those who are not' }),
  role: field.reference({ about: '0 asks for those without' }),
  ...searched
})

const StaffParams = form({ staff_id: field.required(field.id({ about: 'The staffid' })) })

const names = {
  first_name: 'firstname',
  last_name: 'lastname',
  phone: 'phonenumber',
  role_id: 'role',
  is_admin: 'admin',
  is_active: 'status',
  department_ids: 'departments'
}

type Sent = Omit<FormValues<typeof optional>, 'staff_id'>

/** The optional fields in the verbs' words; `empty` is what one sent empty means. */
function detailsOf({ phonenumber, role, admin, departments, ...rest }: Sent, empty: null | undefined): StaffDetails {
  const details: StaffDetails = { ...rest, phone: phonenumber, is_admin: admin, department_ids: departments, role_id: role }
  const filled = Object.fromEntries(
    Object.entries(details).map(([name, value]) => [name, value ?? (value === null ? empty : value)])
  )
  return role === 0 ? { ...filled, role_id: null } : filled
}

/** The staff endpoints of the contract. */
export function staffV1(route: V1): void {
  readStaffV1(route)
  changeStaffV1(route)
}

function readStaffV1(route: V1): void {
  route({
    method: 'GET',
    path: '/staff/list',
    title: 'List Staff Members',
    about: 'In order of first name.',
    permission: 'staff:read',
    query: StaffQuery,
    answer: { list: StaffShape },
    handle: ({ ctx, query: { search, ...query }, wire }) => {
      const { active, role } = query
      return listAnswer(
        { ctx, wire, query, read: readStaff, page: staffPage, count: staffCount },
        {
          is_active: typeof active === 'boolean' ? (active ? 1 : 0) : undefined,
          role_id: role,
          words: search ? searchWords(search) : undefined
        }
      )
    }
  })
  route({
    method: 'GET',
    path: '/staff/details/:staff_id',
    title: 'Get Staff Member Details',
    permission: 'staff:read',
    params: StaffParams,
    answer: { one: StaffShape },
    handle: async ({ ctx, params, wire }) => success(StaffShape.write(await getStaff(ctx, params.staff_id), wire))
  })
}

function changeStaffV1(route: V1): void {
  route({
    method: 'POST',
    path: '/staff/create',
    title: 'Create a Staff Member',
    permission: 'staff:write',
    body: NewStaffForm,
    names,
    refusals: ['duplicate'],
    answer: { one: StaffShape },
    handle: async ({ ctx, body, wire }) => {
      const { firstname, lastname, email, status, staff_id, ...rest } = body
      const required = { first_name: firstname, last_name: lastname, email, is_active: status ?? undefined }
      const member = await createStaff(await actAs(ctx, staff_id), { ...required, ...detailsOf(rest, undefined) })
      return success(StaffShape.write(member, wire))
    }
  })
  route({
    method: 'PUT',
    path: '/staff/update/:staff_id',
    title: 'Update a Staff Member',
    about: 'What is not sent stays; what is sent empty is cleared, a password too.',
    permission: 'staff:write',
    params: StaffParams,
    body: StaffChangeForm,
    names,
    refusals: ['duplicate'],
    answer: { one: StaffShape },
    handle: async ({ ctx, params, body, wire }) => {
      const { firstname, lastname, email, status, staff_id, ...rest } = body
      const change = { first_name: firstname, last_name: lastname, email, is_active: status, ...detailsOf(rest, null) }
      const member = await updateStaff(await actAs(ctx, staff_id), params.staff_id, change)
      return success(StaffShape.write(member, wire))
    }
  })
}
