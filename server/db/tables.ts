import type { ColumnType, Generated } from 'kysely'

// The whole schema on one page. Times are integer milliseconds UTC, money integer minor units (two decimals in every
// currency), flags 0/1, dates 'YYYY-MM-DD', JSON is text. Every row but an organization's carries its organization, and every
// key begins with it. `*_key` columns hold text folded by `platform/terms.ts`, for unique and equality look-ups.

export type Flag = 0 | 1
/** A flag that is 0 unless an insert says otherwise. */
type OffFlag = ColumnType<Flag, Flag | undefined, Flag>

interface Row {
  id: Generated<number>
  organization_id: number
}

export interface OrganizationsTable {
  id: Generated<number>
  name: string
  time_zone: string
  currency: string
  /** Signs file links; 64 hex digits. */
  link_secret: string
  /** The position of the newest event; the row's lock orders the commits of an organization. */
  event_position: number
  last_ticket_number: number
  created_at: number
}

export interface EventsTable {
  organization_id: number
  position: number
  type: string
  record_type: string
  record_id: number
  actor_type: 'app' | 'staff' | 'visitor' | 'system'
  actor_id: number | null
  /** JSON: what changed, before and after; never a secret, never a message body. */
  data: string
  created_at: number
}

export interface RolesTable extends Row {
  name: string
  /** JSON array of permissions. */
  permissions: string
}

export interface DepartmentsTable extends Row {
  name: string
}

export interface StaffTable extends Row {
  email: string
  email_key: string
  first_name: string
  /** Folded, at most 191 characters: lists go by it. */
  first_name_key: string
  last_name: string
  /** Names, e-mail and phone, folded: what a search looks through. */
  search_key: string
  phone: string | null
  facebook: string | null
  linkedin: string | null
  skype: string | null
  profile_image: string | null
  password_hash: string | null
  role_id: number | null
  is_admin: OffFlag
  is_active: Flag
  is_not_staff: OffFlag
  hourly_rate: number
  default_language: string | null
  email_signature: string | null
  last_login_at: number | null
  last_activity_at: number | null
  created_at: number
}

export interface StaffDepartmentsTable {
  organization_id: number
  staff_id: number
  department_id: number
}

export interface AppsTable extends Row {
  name: string
  client_id: string
  /** SHA-256 of the access token, 64 hex digits. */
  token_hash: string
  /** JSON array of scopes. */
  scopes: string
  contact_id: number | null
  last_used_at: number | null
  revoked_at: number | null
  created_at: number
}

export interface CustomersTable extends Row {
  name: string
  email: string | null
  phone: string | null
  phone_digits: string | null
  created_at: number
}

export interface ContactsTable extends Row {
  customer_id: number
  first_name: string
  last_name: string
  email: string
  email_key: string
  phone: string | null
  phone_digits: string | null
  is_primary: OffFlag
  created_at: number
}

export interface LeadStatusesTable extends Row {
  name: string
  color: string
  position: number
  is_default: Flag
}

export interface NamedTable extends Row {
  name: string
  name_key: string
}

export interface LeadsTable extends Row {
  name: string
  title: string | null
  company: string | null
  email: string | null
  email_key: string | null
  phone: string | null
  phone_digits: string | null
  status_id: number | null
  type_id: number | null
  source_id: number | null
  assigned_id: number | null
  created_by_id: number | null
  is_public: OffFlag
  is_lost: OffFlag
  is_junk: OffFlag
  description: string | null
  address: string | null
  city: string | null
  state: string | null
  zip: string | null
  country: string | null
  website: string | null
  value: number | null
  has_chat: OffFlag
  chat_id: string | null
  chat_started_at: number | null
  last_contact_at: number | null
  assigned_at: number | null
  status_changed_at: number | null
  converted_at: number | null
  customer_id: number | null
  created_at: number
  updated_at: number
}

/** What the website's chat and analytics told about a lead; the key is the lead. */
export interface LeadAnalyticsTable {
  organization_id: number
  lead_id: number
  source: string | null
  browser: string | null
  source_url: string | null
  ip: string | null
  chat_started_at: number | null
  chat_ended_at: number | null
  /** JSON object: city, country, country_code, latitude, longitude, region, timezone. Null without analytics. */
  place: string | null
  /** JSON array of messages: id, created_at, visibility, type, properties, text, author_id. Null without a chat. */
  chat: string | null
}

export interface LeadTagsTable {
  organization_id: number
  lead_id: number
  tag_id: number
}

export interface NotesTable extends Row {
  lead_id: number
  description: string
  contacted_at: number | null
  staff_id: number | null
  created_at: number
}

/** One stored file; exactly one of the parents lead, deal and ticket is set. */
export interface FilesTable extends Row {
  key: string
  name: string
  type: string
  size: number
  lead_id: number | null
  deal_id: number | null
  comment_id: number | null
  ticket_id: number | null
  reply_id: number | null
  staff_id: number | null
  created_at: number
}

export interface PipelinesTable extends Row {
  name: string
  description: string | null
  position: number
}

export interface StagesTable extends Row {
  pipeline_id: number
  name: string
  position: number
  /** Percent, 0 to 100. */
  probability: number
}

export interface DealsTable extends Row {
  title: string
  title_key: string
  value: number
  source_id: number | null
  status: 'open' | 'won' | 'lost'
  notes: string | null
  pipeline_id: number
  stage_id: number
  currency: string
  expected_close_on: string | null
  owner_id: number
  lead_id: number | null
  customer_id: number | null
  lost_reason: string | null
  closed_at: number | null
  position: number
  created_by_id: number | null
  created_at: number
  updated_at: number
}

export interface DealTagsTable {
  organization_id: number
  deal_id: number
  tag_id: number
}

export interface DealAssigneesTable {
  organization_id: number
  deal_id: number
  staff_id: number
}

export interface CommentsTable extends Row {
  deal_id: number
  content: string
  staff_id: number | null
  created_at: number
}

export interface ServicesTable extends Row {
  deal_id: number
  name: string
  description: string | null
  /** Hundredths. */
  quantity: number
  unit: string | null
  unit_cost: number
  /** JSON array of 'NAME|RATE'. */
  taxes: string
  tax_total: number
  total: number
  position: number
  created_at: number
}

/** Ids 1–5 are the same in every organization, so here (organization_id, id) alone is the key. */
export interface TicketStatusesTable {
  organization_id: number
  id: number
  name: string
  color: string
  position: number
  is_default: Flag
}

export interface PrioritiesTable {
  organization_id: number
  id: number
  name: string
}

export interface TicketsTable extends Row {
  /** What people call "#1": counts within the organization. */
  number: number
  key: string
  subject: string
  message: string
  name: string
  email: string
  email_key: string
  customer_id: number | null
  contact_id: number | null
  department_id: number | null
  priority_id: number | null
  status_id: number
  service: string | null
  /** The staff member who opened it, or nobody. */
  opened_by_id: number | null
  assigned_id: number | null
  replying_staff_id: number | null
  merged_into_id: number | null
  cc: string | null
  read_by_customer: OffFlag
  read_by_staff: OffFlag
  last_reply_at: number | null
  closed_at: number | null
  created_at: number
}

export interface RepliesTable extends Row {
  ticket_id: number
  from_staff: Flag
  staff_id: number | null
  contact_id: number | null
  name: string
  email: string
  message: string
  created_at: number
}

export interface CallsTable extends Row {
  provider_call_id: string | null
  direction: 'inbound' | 'outbound'
  phone: string
  phone_digits: string
  purpose: string | null
  summary: string | null
  outcome: string | null
  transcript: string | null
  recording_url: string | null
  started_at: number
  ended_at: number | null
  lead_id: number | null
  customer_id: number | null
  contact_id: number | null
  /** The staff member who spoke. */
  spoken_by_id: number | null
  with_staff_id: number | null
  follow_up_at: number | null
  is_important: OffFlag
  is_completed: OffFlag
  created_at: number
  updated_at: number
}

/** Who alone may do what, over all processes: see `platform/leases.ts`. Belongs to no organization. */
interface LeasesTable {
  name: string
  /** Names a process. */
  holder: string
  /** When it ends unless it is renewed, by the holder's clock. */
  until: number
}

/** What is left of a rate, over all processes: see `platform/credits.ts`. */
interface CreditColumns {
  /** When all calls are there again. */
  full_at: number
  /** How many calls were lent last, and when. */
  calls: number
  lent_at: number
}

interface RateCreditsTable extends CreditColumns {
  organization_id: number
  app_id: number
}

/** Failed sign-ins of an address, which belongs to no organization. */
interface AddressCreditsTable extends CreditColumns {
  address: string
}

export type JobState = 'later' | 'waiting' | 'running' | 'dead'

/** Work that outlives a request. What is done has no row. */
export interface JobsTable extends Row {
  kind: string
  /** JSON: ids and keys, never a secret and no contents. */
  payload: string
  /** 1 to 9, and 1 is run first. */
  priority: number
  /** `later` until `run_at`, then `waiting`; `dead` failed for good. */
  state: JobState
  run_at: number
  /** Of no use afterwards. */
  deadline_at: number | null
  /** How many runs were begun. */
  attempts: number
  /** The worker that runs it, and when its claim would end by the worker's clock; each renewal changes it. */
  claimed_by: string | null
  claimed_until: number | null
  last_error: string | null
  created_at: number
}

/** Full-text indexes: `rowid` is the record's id, `terms` what `platform/terms.ts` made, the organization's own term first. */
interface SearchTable {
  /** Only in PostgreSQL. */
  organization_id: ColumnType<never, number | undefined, never>
  rowid: number
  terms: ColumnType<never, string, string>
}

export interface Tables {
  organizations: OrganizationsTable
  events: EventsTable
  roles: RolesTable
  departments: DepartmentsTable
  staff: StaffTable
  staff_departments: StaffDepartmentsTable
  apps: AppsTable
  customers: CustomersTable
  contacts: ContactsTable
  lead_statuses: LeadStatusesTable
  lead_types: NamedTable
  sources: NamedTable
  tags: NamedTable
  leads: LeadsTable
  lead_analytics: LeadAnalyticsTable
  lead_tags: LeadTagsTable
  notes: NotesTable
  files: FilesTable
  pipelines: PipelinesTable
  stages: StagesTable
  deals: DealsTable
  deal_tags: DealTagsTable
  deal_assignees: DealAssigneesTable
  comments: CommentsTable
  services: ServicesTable
  ticket_statuses: TicketStatusesTable
  priorities: PrioritiesTable
  tickets: TicketsTable
  replies: RepliesTable
  calls: CallsTable
  leases: LeasesTable
  rate_credits: RateCreditsTable
  address_credits: AddressCreditsTable
  jobs: JobsTable
  ticket_search: SearchTable
  lead_search: SearchTable
  deal_search: SearchTable
  call_search: SearchTable
}

/** Every table whose rows belong to an organization. */
export type OwnedTable = Exclude<
  keyof Tables,
  'organizations' | 'leases' | 'address_credits' | 'ticket_search' | 'lead_search' | 'deal_search' | 'call_search'
>

/** Every table, those that others refer to first. */
export const tablesInOrder: readonly (keyof Tables)[] = [
  ...(['organizations', 'roles', 'departments', 'staff', 'staff_departments', 'customers', 'contacts', 'apps'] as const),
  ...(['lead_statuses', 'lead_types', 'sources', 'tags', 'leads', 'lead_analytics', 'lead_tags', 'notes'] as const),
  ...(['pipelines', 'stages', 'deals', 'deal_tags', 'deal_assignees', 'comments', 'services'] as const),
  ...(['ticket_statuses', 'priorities', 'tickets', 'replies', 'calls', 'files', 'events'] as const),
  ...(['ticket_search', 'lead_search', 'deal_search', 'call_search'] as const)
]
