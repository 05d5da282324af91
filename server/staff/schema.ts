export interface StaffFilter {
  is_active?: 0 | 1 | undefined
  /** null asks for those who have none. */
  role_id?: number | null | undefined
  /** JSON array of folded words that must all be found, as `searchWords` makes it. */
  words?: string | undefined
}

/** What may be said of a staff member; `undefined` is not said, `null` is emptied. */
export interface StaffDetails {
  phone?: string | null | undefined
  facebook?: string | null | undefined
  linkedin?: string | null | undefined
  skype?: string | null | undefined
  default_language?: string | null | undefined
  email_signature?: string | null | undefined
  /** Minor units. */
  hourly_rate?: number | null | undefined
  department_ids?: number[] | null | undefined
  role_id?: number | null | undefined
  is_admin?: boolean | null | undefined
  password?: string | null | undefined
}

export interface NewStaff extends StaffDetails {
  first_name: string
  last_name: string
  email: string
  /** Active unless told. */
  is_active?: boolean | undefined
}

export interface StaffChange extends StaffDetails {
  first_name: string
  is_active: boolean
  last_name?: string | null | undefined
  email?: string | null | undefined
}
