import type { Kysely } from 'kysely'
import {
  choice,
  createSearch,
  createTable,
  expectMany,
  flag,
  int,
  long,
  optionalInt,
  optionalLong,
  optionalText,
  run,
  text
} from '../ddl.ts'

export async function up(db: Kysely<unknown>): Promise<void> {
  await run(
    db,
    `create table organizations (
  id integer primary key autoincrement,
  name text not null check (length(name) <= 191),
  time_zone text not null check (length(time_zone) <= 64),
  currency text not null check (length(currency) = 3),
  link_secret text not null check (length(link_secret) = 64),
  event_position integer not null default 0,
  last_ticket_number integer not null default 0,
  created_at integer not null
) strict`
  )
  await createTable(
    db,
    'events',
    {
      position: int(),
      type: text(64),
      record_type: text(32),
      record_id: int(),
      actor_type: choice('app', 'staff', 'visitor', 'system'),
      actor_id: optionalInt(),
      data: long(),
      created_at: int()
    },
    { primary: ['position'], index: [['record_type', 'record_id', 'position']] }
  )
  await staffTables(db)
  await customerTables(db)
  await leadTables(db)
  await ticketTables(db)
  await dealTables(db)
  await callTables(db)
  await fileTables(db)
  await expectMany(db, [
    ...['events', 'customers', 'contacts', 'files'],
    ...['leads', 'lead_analytics', 'lead_tags', 'notes'],
    ...['deals', 'deal_tags', 'deal_assignees', 'comments', 'services'],
    ...['tickets', 'replies', 'calls']
  ])
}

async function staffTables(db: Kysely<unknown>): Promise<void> {
  await createTable(db, 'roles', { name: text(191), permissions: long() }, { unique: [['name']] })
  await createTable(db, 'departments', { name: text(191) }, { unique: [['name']] })
  await createTable(
    db,
    'staff',
    {
      email: text(191),
      email_key: text(191),
      first_name: text(191),
      first_name_key: text(191),
      last_name: text(191),
      search_key: long(),
      phone: optionalText(64),
      facebook: optionalText(500),
      linkedin: optionalText(500),
      skype: optionalText(191),
      profile_image: optionalText(500),
      password_hash: optionalText(255),
      role_id: optionalInt(),
      is_admin: flag(),
      is_active: flag(1),
      is_not_staff: flag(),
      hourly_rate: int(),
      default_language: optionalText(32),
      email_signature: optionalLong(),
      last_login_at: optionalInt(),
      last_activity_at: optionalInt(),
      created_at: int()
    },
    {
      unique: [['email_key']],
      index: [['first_name_key'], ['is_active', 'first_name_key'], ['role_id', 'first_name_key']],
      references: { role_id: 'roles' }
    }
  )
  await createTable(
    db,
    'staff_departments',
    { staff_id: int(), department_id: int() },
    { primary: ['staff_id', 'department_id'], references: { staff_id: 'staff', department_id: 'departments' } }
  )
}

async function customerTables(db: Kysely<unknown>): Promise<void> {
  await createTable(
    db,
    'customers',
    { name: text(191), email: optionalText(191), phone: optionalText(64), phone_digits: optionalText(64), created_at: int() },
    { index: [[['phone_digits'], 'phone_digits is not null']] }
  )
  await createTable(
    db,
    'contacts',
    {
      customer_id: int(),
      first_name: text(191),
      last_name: text(191),
      email: text(191),
      email_key: text(191),
      phone: optionalText(64),
      phone_digits: optionalText(64),
      is_primary: flag(),
      created_at: int()
    },
    {
      index: [['customer_id'], ['email_key'], [['phone_digits'], 'phone_digits is not null']],
      references: { customer_id: 'customers' }
    }
  )
  await createTable(
    db,
    'apps',
    {
      name: text(191),
      client_id: text(64),
      token_hash: text(64),
      scopes: long(),
      contact_id: optionalInt(),
      last_used_at: optionalInt(),
      revoked_at: optionalInt(),
      created_at: int()
    },
    { unique: [['client_id']], references: { contact_id: 'contacts' } }
  )
}

async function leadTables(db: Kysely<unknown>): Promise<void> {
  // folding may make a text several times longer, so keys have no bound of their own
  const named = { name: text(191), name_key: long() }
  await createTable(db, 'lead_types', named, { unique: [['name_key']] })
  await createTable(db, 'sources', named, { unique: [['name_key']] })
  await createTable(db, 'tags', named, { unique: [['name_key']] })
  await createTable(
    db,
    'lead_statuses',
    { name: text(191), color: text(32), position: int(), is_default: flag() },
    { unique: [['name']] }
  )
  await createTable(
    db,
    'leads',
    {
      name: text(191),
      title: optionalText(191),
      company: optionalText(191),
      email: optionalText(191),
      email_key: optionalLong(),
      phone: optionalText(64),
      phone_digits: optionalLong(),
      status_id: optionalInt(),
      type_id: optionalInt(),
      source_id: optionalInt(),
      assigned_id: optionalInt(),
      created_by_id: optionalInt(),
      is_public: flag(),
      is_lost: flag(),
      is_junk: flag(),
      description: optionalLong(),
      address: optionalText(500),
      city: optionalText(191),
      state: optionalText(191),
      zip: optionalText(32),
      country: optionalText(64),
      website: optionalText(500),
      value: optionalInt(),
      has_chat: flag(),
      chat_id: optionalText(191),
      chat_started_at: optionalInt(),
      last_contact_at: optionalInt(),
      assigned_at: optionalInt(),
      status_changed_at: optionalInt(),
      converted_at: optionalInt(),
      customer_id: optionalInt(),
      created_at: int(),
      updated_at: int()
    },
    {
      index: [
        // From few values to many: of two indexes that serve a list alike, SQLite takes the later one.
        [['status_id', 'is_lost', 'value'], 'is_junk = 0'],
        ['created_at'],
        ['is_public', 'created_at'],
        ['type_id', 'created_at'],
        ['status_id', 'created_at'],
        ['source_id', 'created_at'],
        ['assigned_id', 'created_at'],
        [['email_key'], 'email_key is not null'],
        [['phone_digits'], 'phone_digits is not null']
      ],
      references: {
        status_id: 'lead_statuses',
        type_id: 'lead_types',
        source_id: 'sources',
        assigned_id: 'staff',
        created_by_id: 'staff',
        customer_id: 'customers'
      }
    }
  )
  await createTable(
    db,
    'lead_analytics',
    {
      lead_id: int(),
      source: optionalText(191),
      browser: optionalText(500),
      source_url: optionalText(2000),
      ip: optionalText(64),
      chat_started_at: optionalInt(),
      chat_ended_at: optionalInt(),
      place: optionalLong(),
      chat: optionalLong()
    },
    { primary: ['lead_id'], references: { lead_id: 'leads' } }
  )
  await createTable(
    db,
    'lead_tags',
    { lead_id: int(), tag_id: int() },
    { primary: ['lead_id', 'tag_id'], references: { lead_id: 'leads', tag_id: 'tags' } }
  )
  await createTable(
    db,
    'notes',
    { lead_id: int(), description: long(), contacted_at: optionalInt(), staff_id: optionalInt(), created_at: int() },
    { index: [['lead_id', 'created_at']], references: { lead_id: 'leads', staff_id: 'staff' } }
  )
  await createSearch(db, 'lead_search')
}

async function ticketTables(db: Kysely<unknown>): Promise<void> {
  const status = { id: int(), name: text(191), color: text(32), position: int(), is_default: flag() }
  await createTable(db, 'ticket_statuses', status, { primary: ['id'], unique: [['name']] })
  await createTable(db, 'priorities', { id: int(), name: text(191) }, { primary: ['id'], unique: [['name']] })
  await createTable(
    db,
    'tickets',
    {
      number: int(),
      key: text(32),
      subject: text(191),
      message: text(1_048_576),
      name: text(400),
      email: text(191),
      email_key: text(191),
      customer_id: optionalInt(),
      contact_id: optionalInt(),
      department_id: optionalInt(),
      priority_id: optionalInt(),
      status_id: int(),
      service: optionalText(191),
      opened_by_id: optionalInt(),
      assigned_id: optionalInt(),
      replying_staff_id: optionalInt(),
      merged_into_id: optionalInt(),
      cc: optionalText(2000),
      read_by_customer: flag(),
      read_by_staff: flag(),
      last_reply_at: optionalInt(),
      closed_at: optionalInt(),
      created_at: int()
    },
    {
      unique: [['number'], ['key']],
      index: [
        ['created_at'],
        ['status_id', 'created_at'],
        ['email_key', 'created_at'],
        ['assigned_id', 'created_at'],
        ['department_id', 'created_at'],
        ['priority_id', 'created_at']
      ],
      references: {
        status_id: 'ticket_statuses',
        priority_id: 'priorities',
        customer_id: 'customers',
        contact_id: 'contacts',
        department_id: 'departments',
        opened_by_id: 'staff',
        assigned_id: 'staff',
        replying_staff_id: 'staff',
        merged_into_id: 'tickets'
      }
    }
  )
  await createTable(
    db,
    'replies',
    {
      ticket_id: int(),
      from_staff: flag(),
      staff_id: optionalInt(),
      contact_id: optionalInt(),
      name: text(400),
      email: text(191),
      message: text(1_048_576),
      created_at: int()
    },
    { index: [['ticket_id', 'created_at']], references: { ticket_id: 'tickets', staff_id: 'staff', contact_id: 'contacts' } }
  )
  await createSearch(db, 'ticket_search')
}

async function dealTables(db: Kysely<unknown>): Promise<void> {
  await createTable(db, 'pipelines', { name: text(191), description: optionalLong(), position: int() }, { unique: [['name']] })
  const stage = { pipeline_id: int(), name: text(191), position: int(), probability: int() }
  await createTable(db, 'stages', stage, { unique: [['pipeline_id', 'name']], references: { pipeline_id: 'pipelines' } })
  await createTable(
    db,
    'deals',
    {
      title: text(191),
      title_key: text(400),
      value: int(),
      source_id: optionalInt(),
      status: choice('open', 'won', 'lost'),
      notes: optionalLong(),
      pipeline_id: int(),
      stage_id: int(),
      currency: text(3),
      expected_close_on: optionalText(10),
      owner_id: int(),
      lead_id: optionalInt(),
      customer_id: optionalInt(),
      lost_reason: optionalText(500),
      closed_at: optionalInt(),
      position: int(),
      created_by_id: optionalInt(),
      created_at: int(),
      updated_at: int()
    },
    {
      unique: [['title_key']],
      index: [
        // From few values to many: of two indexes that serve a list alike, SQLite takes the later one.
        ['created_at'],
        ['status', 'created_at'],
        ['pipeline_id', 'created_at'],
        ['stage_id', 'created_at'],
        ['owner_id', 'created_at'],
        [['created_at'], 'lead_id is not null'],
        [['created_at'], 'customer_id is not null'],
        ['source_id', 'created_at'],
        [['lead_id', 'created_at'], 'lead_id is not null'],
        [['customer_id', 'created_at'], 'customer_id is not null']
      ],
      references: {
        source_id: 'sources',
        pipeline_id: 'pipelines',
        stage_id: 'stages',
        owner_id: 'staff',
        lead_id: 'leads',
        customer_id: 'customers',
        created_by_id: 'staff'
      }
    }
  )
  await createTable(
    db,
    'deal_tags',
    { deal_id: int(), tag_id: int() },
    { primary: ['deal_id', 'tag_id'], references: { deal_id: 'deals', tag_id: 'tags' } }
  )
  await createTable(
    db,
    'deal_assignees',
    { deal_id: int(), staff_id: int() },
    { primary: ['deal_id', 'staff_id'], references: { deal_id: 'deals', staff_id: 'staff' } }
  )
  await createTable(
    db,
    'comments',
    { deal_id: int(), content: long(), staff_id: optionalInt(), created_at: int() },
    { index: [['deal_id', 'created_at']], references: { deal_id: 'deals', staff_id: 'staff' } }
  )
  await createTable(
    db,
    'services',
    {
      deal_id: int(),
      name: text(191),
      description: optionalLong(),
      quantity: int(),
      unit: optionalText(64),
      unit_cost: int(),
      taxes: long(),
      tax_total: int(),
      total: int(),
      position: int(),
      created_at: int()
    },
    { index: [['deal_id', 'position']], references: { deal_id: 'deals' } }
  )
  await createSearch(db, 'deal_search')
}

async function callTables(db: Kysely<unknown>): Promise<void> {
  await createTable(
    db,
    'calls',
    {
      provider_call_id: optionalText(191),
      direction: choice('inbound', 'outbound'),
      phone: text(64),
      phone_digits: text(64),
      purpose: optionalText(191),
      summary: optionalLong(),
      outcome: optionalText(191),
      transcript: optionalLong(),
      recording_url: optionalText(2000),
      started_at: int(),
      ended_at: optionalInt(),
      lead_id: optionalInt(),
      customer_id: optionalInt(),
      contact_id: optionalInt(),
      spoken_by_id: optionalInt(),
      with_staff_id: optionalInt(),
      follow_up_at: optionalInt(),
      is_important: flag(),
      is_completed: flag(),
      created_at: int(),
      updated_at: int()
    },
    {
      unique: [['provider_call_id']],
      index: [
        ['started_at'],
        ['direction', 'started_at'],
        ['phone_digits', 'started_at'],
        ['spoken_by_id', 'started_at'],
        ['lead_id', 'started_at']
      ],
      references: {
        lead_id: 'leads',
        customer_id: 'customers',
        contact_id: 'contacts',
        spoken_by_id: 'staff',
        with_staff_id: 'staff'
      }
    }
  )
  await createSearch(db, 'call_search')
}

async function fileTables(db: Kysely<unknown>): Promise<void> {
  await createTable(
    db,
    'files',
    {
      key: text(80),
      name: text(255),
      type: text(191),
      size: int(),
      lead_id: optionalInt(),
      deal_id: optionalInt(),
      comment_id: optionalInt(),
      ticket_id: optionalInt(),
      reply_id: optionalInt(),
      staff_id: optionalInt(),
      created_at: int()
    },
    {
      unique: [['key']],
      index: [
        [['lead_id'], 'lead_id is not null'],
        [['deal_id'], 'deal_id is not null'],
        [['ticket_id'], 'ticket_id is not null']
      ],
      references: {
        lead_id: 'leads',
        deal_id: 'deals',
        comment_id: 'comments',
        ticket_id: 'tickets',
        reply_id: 'replies',
        staff_id: 'staff'
      }
    }
  )
  // The sweep of leftover files knows their names, not whose they are.
  await run(db, 'create index files_by_name on files (key)')
}
