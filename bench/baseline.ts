import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import Sqlite from 'better-sqlite3'

// What a decent programmer writes for the same three jobs on the same tables without a framework: no sign-in, no checks, no events.
// node bench/baseline.ts <database> <port> [synchronous]

type Row = Record<string, string | number | null>

const [path = '', port = '0', synchronous = 'full'] = process.argv.slice(2)
const db = new Sqlite(path)
db.pragma('journal_mode = wal')
db.pragma(`synchronous = ${synchronous}`)
const columns = 'tickets.*, ticket_statuses.name as status, merged.number as merged_number'
const source = `from tickets join ticket_statuses on ticket_statuses.organization_id = 1 and ticket_statuses.id = tickets.status_id
  left join tickets merged on merged.organization_id = 1 and merged.id = tickets.merged_into_id where tickets.organization_id = 1`
const list = db.prepare<[], Row>(`select ${columns} ${source} order by tickets.created_at desc, tickets.id desc limit 26`)
const details = db.prepare<[string], Row>(`select ${columns} ${source} and tickets.number = ?`)
const replies = db.prepare<[number], Row>('select * from replies where organization_id = 1 and ticket_id = ? order by created_at')
const files = db.prepare<[number], Row>('select * from files where organization_id = 1 and ticket_id = ? order by id desc')
const count = db.prepare<[], { last: number }>(
  'update organizations set last_ticket_number = last_ticket_number + 1 where id = 1 returning last_ticket_number as last'
)
const insert = db.prepare<[number, string, string, string, number | null, number], Row>(`insert into tickets
  (organization_id, number, key, subject, message, name, email, email_key, status_id, opened_by_id, created_at)
  values (1, ?, ?, ?, ?, '', '', '', 1, ?, ?) returning *, 'Open' as status, null as merged_number`)
const index = db.prepare<[number, string]>('insert into ticket_search (rowid, terms) values (?, ?)')

const text = (value: unknown): string | null => (value === null ? null : String(value))
const time = (ms: unknown): string => new Date(ms as number).toISOString().slice(0, 19).replace('T', ' ')
const ticketOf = (row: Row) => ({
  ...{ ticketid: text(row.number), adminreplying: row.replying_staff_id ? '1' : '0', userid: String(row.customer_id ?? 0) },
  ...{ contactid: String(row.contact_id ?? 0), merged_ticket_id: text(row.merged_number), email: row.email, name: row.name },
  ...{ department: String(row.department_id ?? 0), priority: String(row.priority_id ?? 0), status: row.status },
  ...{ service: row.service, ticketkey: row.key, subject: row.subject, message: row.message },
  ...{ admin: String(row.opened_by_id ?? 0), date: time(row.created_at), project_id: '0' },
  ...{ lastreply: row.last_reply_at && time(row.last_reply_at), clientread: String(row.read_by_customer) },
  ...{ adminread: String(row.read_by_staff), assigned: String(row.assigned_id ?? 0) },
  ...{ staff_id_replying: text(row.replying_staff_id), cc: row.cc, tenant_ticket_id: String(row.id), status_id: String(row.status_id) }
})
