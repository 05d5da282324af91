import { type Static, Type } from 'typebox'
import { closed, idType, orNull, timeType } from '../platform/v2.ts'

const name = () => Type.String({ minLength: 1, maxLength: 191, pattern: '\\S' })
const email = () => Type.String({ maxLength: 191, examples: ['jane@example.com'] })
const phone = () => Type.String({ maxLength: 64, examples: ['+1 555 0100'] })

/** `POST /api/v2/customers`; null and "" are none. */
export const CustomerForm = closed({
  name: name(),
  email: Type.Optional(orNull(email())),
  phone: Type.Optional(orNull(phone())),
  contact: Type.Optional(
    closed({
      first_name: name(),
      last_name: Type.String({ maxLength: 191, description: 'May be empty' }),
      email: email(),
      phone: Type.Optional(orNull(phone()))
    })
  ),
  staff_id: Type.Optional(idType('The acting staff member'))
})

export type NewCustomer = Omit<Static<typeof CustomerForm>, 'staff_id'>

/** A customer with its primary contact. */
export const Customer = closed({
  id: idType(),
  name: Type.String(),
  email: orNull(Type.String()),
  phone: orNull(Type.String()),
  created_at: timeType(),
  contact: orNull(
    closed({
      id: idType(),
      first_name: Type.String(),
      last_name: Type.String(),
      email: Type.String(),
      phone: orNull(Type.String()),
      created_at: timeType()
    })
  )
})
