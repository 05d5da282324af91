import { randomBytes } from 'node:crypto'
import { fold } from '../platform/terms.ts'
import { ticketTerms } from '../tickets/actions.ts'
import { ticketStatus } from '../tickets/schema.ts'
import { day, hour, minute, type Stage, wordsOf } from './cast.ts'
import type { Member } from './firm.ts'
import { addPaper } from './papers.ts'
import { type Someone, someone } from './people.ts'
import { fill, Random } from './random.ts'
import { devices, requests } from './requests.ts'

/** A ticket with its replies until today; one that is closed has none unless `isWhole`. */
export function addTicket(stage: Stage, index: number, at: number, isWhole: boolean): void {
  const { bulk, firm } = stage
  const random = new Random('ticket', index)
  const request = random.pick(requests)
  const agent = random.pick(firm.staffOf[request.department])
  const from = senderOf(stage, random, index, at)
  const words = { ...from.words, ...wordsOf(random, agent), ...detailsOf(random, firm.today) }
  const [message = '', ...answers] = request.talk
  const subject = fill(random.pick(request.subjects), words)
  const known = courseOf(stage, random, answers.length, at)
  const course = isWhole || known.closedAt === null ? known : { ...known, replies: [] }
  const { name, email } = from.person
  const last = course.replies.at(-1)
  const isClosed = course.closedAt !== null
  const number = bulk.ticketNumber()
  const row = {
    ...{ number, key: newKey(), subject, message: fill(message, words), name, email, email_key: fold(email) },
    ...{ customer_id: from.customerId, contact_id: from.contactId },
    ...{ department_id: firm.departments[request.department], priority_id: random.chance(0.8) ? request.priority : null },
    ...{ status_id: course.status, assigned_id: last || random.chance(0.4) ? agent.id : null, cc: null },
    ...{ read_by_customer: flag(isClosed), read_by_staff: flag(isClosed || random.chance(0.5)) },
    ...{ last_reply_at: last?.at ?? null, closed_at: course.closedAt, created_at: at }
  }
  const id = bulk.insert('tickets', row)
  bulk.search('ticket_search', id, ticketTerms(row))
  bulk.note(at, 'ticket.opened', id, { number })
  for (const [nth, reply] of course.replies.entries()) {
    addReply(stage, { id, ...from }, fill(answers[nth] ?? '', words), reply, agent)
  }
  if (isWhole && course.closedAt !== null) {
    const before = last?.status ?? ticketStatus.open
    bulk.note(course.closedAt, 'ticket.updated', id, { status_id: [before, ticketStatus.closed] }, agent.id)
  }
  if (request.priority === 3) addPaper(stage, 'ticket', id, at, agent)
}

let entropy = Buffer.alloc(0)

/** As every ticket's key: 128 random bits, asked of the system for many at once. */
function newKey(): string {
  if (entropy.length === 0) entropy = randomBytes(16 * 256)
  const key = entropy.toString('hex', 0, 16)
  entropy = entropy.subarray(16)
  return key
}

const flag = (value: boolean): 0 | 1 => (value ? 1 : 0)

interface Sender {
  person: Someone
  words: Record<string, unknown>
  customerId: number | null
  contactId: number | null
}

/** A customer's contact as a rule, else somebody whom only mail is known of. */
function senderOf({ customers }: Stage, random: Random, index: number, at: number): Sender {
  const known = random.chance(0.85) ? customers.pick(random, at) : undefined
  if (!known) {
    const person = someone(index * 2 + 1)
    return {
      person,
      words: { ...person, company: 'our firm', address: '12 Mill Road', seats: random.between(3, 12) },
      customerId: null,
      contactId: null
    }
  }
  return { person: known.person, words: { ...known.person }, customerId: known.id, contactId: known.contactId }
}

function detailsOf(random: Random, today: number) {
  return {
    other: someone(random.between(0, 1000) * 2).first,
    device: random.pick(devices),
    invoice: `${random.between(10, 99)}-${random.between(1000, 9999)}`,
    time: `${random.between(7, 11)}:${random.between(10, 59)}`,
    year: new Date(today).getUTCFullYear() - 1
  }
}

interface Turn {
  at: number
  isStaff: boolean
  statusBefore: number
  status: number
}

interface Course {
  replies: Turn[]
  status: number
  closedAt: number | null
}

/** How far the talk has come until today, and the status that this makes: staff and customer take turns, then it is closed. */
function courseOf({ firm }: Stage, random: Random, turns: number, opened: number): Course {
  const replies: Turn[] = []
  const isStuck = random.chance(0.04)
  let status: number = ticketStatus.open
  let at = opened
  for (let nth = 0; nth < turns; nth++) {
    const isStaff = nth % 2 === 0
    at += isStaff ? random.between(6, 20 * 60) * minute : random.between(1, 60) * hour
    if (at >= firm.today) return { replies, status, closedAt: null }
    const before = status
    if (isStaff) status = isStuck ? ticketStatus.onHold : random.chance(0.12) ? ticketStatus.inProgress : ticketStatus.answered
    else status = before === ticketStatus.inProgress ? before : ticketStatus.open
    replies.push({ at, isStaff, statusBefore: before, status })
    if (isStuck) return { replies, status, closedAt: null }
  }
  const closedAt = at + random.between(4, 160) * hour
  if (closedAt >= firm.today || (random.chance(0.03) && opened > firm.today - 60 * day))
    return { replies, status, closedAt: null }
  return { replies, status: ticketStatus.closed, closedAt }
}

function addReply({ bulk }: Stage, ticket: Sender & { id: number }, message: string, turn: Turn, agent: Member): void {
  const { at, isStaff, statusBefore, status } = turn
  const { name, email } = isStaff ? agent : ticket.person
  const author = isStaff
    ? { from_staff: 1 as const, staff_id: agent.id, contact_id: null }
    : { from_staff: 0 as const, staff_id: null, contact_id: ticket.contactId }
  const reply_id = bulk.insert('replies', { ticket_id: ticket.id, ...author, name, email, message, created_at: at })
  const data = { reply_id, from: isStaff ? 'staff' : 'customer', status_id: [statusBefore, status] }
  bulk.note(at, 'ticket.replied', ticket.id, data, isStaff ? agent.id : null)
}
