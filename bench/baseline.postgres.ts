import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { serve } from './baseline.http.ts'

// What a decent programmer writes for the same three jobs on the same tables, with a pool and named statements, but without a
// framework, sign-in, checks or events.
// node bench/baseline.postgres.ts <url> <port>

const [url = '', port = '0'] = process.argv.slice(2)
const pool = new pg.Pool({ connectionString: url, max: 10 })
const time = (column: string) => `to_char(to_timestamp(${column} / 1000) at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS')`
const reference = (column: string) => `coalesce(${column}, 0)::text`
const tickets = `select t.number::text as ticketid, case when t.replying_staff_id is null then '0' else '1' end as adminreplying,
  ${reference('t.customer_id')} as userid, ${reference('t.contact_id')} as contactid, merged.number::text as merged_ticket_id,
  t.email, t.name, ${reference('t.department_id')} as department, ${reference('t.priority_id')} as priority, s.name as status,
  t.service, t.key as ticketkey, t.subject, t.message, ${reference('t.opened_by_id')} as admin, ${time('t.created_at')} as date,
  '0' as project_id, ${time('t.last_reply_at')} as lastreply, t.read_by_customer::text as clientread,
  t.read_by_staff::text as adminread, ${reference('t.assigned_id')} as assigned,
  t.replying_staff_id::text as staff_id_replying, t.cc, t.id::text as tenant_ticket_id, t.status_id::text as status_id
  from tickets t join ticket_statuses s on s.organization_id = 1 and s.id = t.status_id
  left join tickets merged on merged.organization_id = 1 and merged.id = t.merged_into_id where t.organization_id = 1`
const newest = { name: 'newest', text: `${tickets} order by t.created_at desc, t.id desc limit 26` }
const byNumber = { name: 'byNumber', text: `${tickets} and t.number = $1` }
const replies = {
  name: 'replies',
  text: `select r.id::text as id, t.number::text as ticketid, '0' as userid, ${reference('r.contact_id')} as contactid, r.name, r.email,
  ${time('r.created_at')} as date, r.message,
  (select name from files where organization_id = 1 and ticket_id = t.id and reply_id = r.id limit 1) as attachment,
  ${reference('r.staff_id')} as admin from tickets t join replies r on r.organization_id = 1 and r.ticket_id = t.id
  where t.organization_id = 1 and t.number = $1 order by r.created_at, r.id`
}
const attachments = {
  name: 'attachments',
  text: `select f.id::text as id, t.number::text as ticketid, f.reply_id::text as replyid, f.name as file_name, f.type as filetype,
  ${time('f.created_at')} as dateadded, '/files/' || f.key as url
  from tickets t join files f on f.organization_id = 1 and f.ticket_id = t.id
  where t.organization_id = 1 and t.number = $1 order by f.id desc`
}
const takeNumber = {
  name: 'takeNumber',
  text: 'update organizations set last_ticket_number = last_ticket_number + 1 where id = 1 returning last_ticket_number as number'
}
const insert = {
  name: 'insert',
  text: `insert into tickets (organization_id, number, key, subject, message, name, email, email_key, status_id, opened_by_id,
  created_at) values (1, $1, $2, $3, $4, '', '', '', 1, $5, $6)`
}

async function create({ subject, message, staff_id }: Record<string, string>): Promise<object | undefined> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    const { number } = (await client.query(takeNumber)).rows[0]
    const staff = staff_id ? Number(staff_id) : null
    await client.query({ ...insert, values: [number, randomBytes(16).toString('hex'), subject, message, staff, Date.now()] })
    const { rows } = await client.query({ ...byNumber, values: [number] })
    await client.query('commit')
    return rows[0]
  } catch (error) {
    await client.query('rollback')
    throw error
  } finally {
    client.release()
  }
}

async function details(number: string): Promise<object | undefined> {
  const all = [byNumber, replies, attachments].map(query => pool.query({ ...query, values: [number] }))
  const [ticket, ...parts] = (await Promise.all(all)).map(({ rows }) => rows)
  return ticket?.[0] && { ...ticket[0], replies: parts[0], attachments: parts[1] }
}

serve(port, { details, list: async () => (await pool.query(newest)).rows, create })
