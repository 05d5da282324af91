import { randomBytes } from 'node:crypto'
import Sqlite from 'better-sqlite3'
import { serve } from './baseline.http.ts'

// What a decent programmer writes for the same three jobs on the same tables, without a framework, sign-in, checks or events.
// `+?`: SQLite plans a statement anew at each run when a bare `?` stands in its conditions.
// node bench/baseline.ts <database> <port> [synchronous]

const [path = '', port = '0', synchronous = 'full'] = process.argv.slice(2)
const db = new Sqlite(path)
db.pragma('journal_mode = wal')
db.pragma(`synchronous = ${synchronous}`)
const time = (column: string) => `strftime('%Y-%m-%d %H:%M:%S', ${column} / 1000, 'unixepoch')`
const reference = (column: string) => `cast(ifnull(${column}, 0) as text)`
const text = (column: string) => `cast(${column} as text)`
const tickets = `select ${text('t.number')} as ticketid, iif(t.replying_staff_id is null, '0', '1') as adminreplying,
  ${reference('t.customer_id')} as userid, ${reference('t.contact_id')} as contactid, ${text('merged.number')} as merged_ticket_id,
  t.email, t.name, ${reference('t.department_id')} as department, ${reference('t.priority_id')} as priority, s.name as status,
  t.service, t.key as ticketkey, t.subject, t.message, ${reference('t.opened_by_id')} as admin, ${time('t.created_at')} as date,
  '0' as project_id, ${time('t.last_reply_at')} as lastreply, ${text('t.read_by_customer')} as clientread,
  ${text('t.read_by_staff')} as adminread, ${reference('t.assigned_id')} as assigned,
  ${text('t.replying_staff_id')} as staff_id_replying, t.cc, ${text('t.id')} as tenant_ticket_id, ${text('t.status_id')} as status_id
  from tickets t join ticket_statuses s on s.organization_id = 1 and s.id = t.status_id
  left join tickets merged on merged.organization_id = 1 and merged.id = t.merged_into_id where t.organization_id = 1`
const newest = db.prepare(`${tickets} order by t.created_at desc, t.id desc limit 26`)
const byNumber = db.prepare<[string | number], object>(`${tickets} and t.number = +?`)
const replies = db.prepare(`select ${text('r.id')} as id, ${text('t.number')} as ticketid, '0' as userid,
  ${reference('r.contact_id')} as contactid, r.name, r.email, ${time('r.created_at')} as date, r.message,
  (select name from files where organization_id = 1 and ticket_id = t.id and reply_id = r.id limit 1) as attachment,
  ${reference('r.staff_id')} as admin from tickets t join replies r on r.organization_id = 1 and r.ticket_id = t.id
  where t.organization_id = 1 and t.number = +? order by r.created_at, r.id`)
const attachments = db.prepare(`select ${text('f.id')} as id, ${text('t.number')} as ticketid, ${text('f.reply_id')} as replyid,
  f.name as file_name, f.type as filetype, ${time('f.created_at')} as dateadded, '/files/' || f.key as url
  from tickets t join files f on f.organization_id = 1 and f.ticket_id = t.id
  where t.organization_id = 1 and t.number = +? order by f.id desc`)
const takeNumber = db.prepare<[], { number: number }>(
  'update organizations set last_ticket_number = last_ticket_number + 1 where id = 1 returning last_ticket_number as number'
)
const insert = db.prepare(`insert into tickets (organization_id, number, key, subject, message, name, email, email_key, status_id,
  opened_by_id, created_at) values (1, ?, ?, ?, ?, '', '', '', 1, ?, ?)`)

const create = db.transaction(({ subject, message, staff_id }: Record<string, string>) => {
  const { number } = takeNumber.get()!
  const staff = staff_id ? Number(staff_id) : null
  insert.run(number, randomBytes(16).toString('hex'), subject, message, staff, Date.now())
  return byNumber.get(number)
})

const details = (number: string) => {
  const ticket = byNumber.get(number)
  return ticket && { ...ticket, replies: replies.all(number), attachments: attachments.all(number) }
}

serve(port, { details, list: () => newest.all() as object[], create })
