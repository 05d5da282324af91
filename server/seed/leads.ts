import { leadTerms } from '../leads/terms.ts'
import { fold, phoneDigits } from '../platform/terms.ts'
import { after, day, minute, type Stage, wordsOf } from './cast.ts'
import { topics } from './chats.ts'
import { type Fate, fateOf, tellFate } from './fates.ts'
import type { Firm, Member } from './firm.ts'
import { addPaper } from './papers.ts'
import { type Person, personOf } from './people.ts'
import { fill, Random } from './random.ts'
import { leadNotes, leadTags } from './talks.ts'
import { addVisit } from './visits.ts'

type Origin = 'chat' | 'form' | 'phone' | 'mail' | 'import' | 'referral'

/** Where leads come from, with the share of it and of those before it. */
const origins: [origin: Origin, share: number][] = [
  ['chat', 0.42],
  ['form', 0.62],
  ['phone', 0.76],
  ['mail', 0.86],
  ['import', 0.92],
  ['referral', 1]
]

const sourceOf = {
  chat: 'Website',
  form: 'Website',
  phone: 'Phone',
  mail: 'E-mail',
  import: 'Import',
  referral: 'Referral'
} as const

/** A lead with what happened to it until today: statuses, the customer that it became, and if `isWhole` chat, notes, tags, changes. */
export function addLead(stage: Stage, index: number, at: number, isWhole: boolean): void {
  const { bulk, firm, leads } = stage
  const random = new Random('lead', index)
  const person = personOf(index)
  const draw = random.next()
  const origin = origins.find(([, share]) => draw < share)?.[0] ?? 'referral'
  const agent = random.pick(firm.staffOf.Sales)
  const topic = random.pick(topics)
  const words = { ...person, city: person.place.city, ...wordsOf(random, agent) }
  const fate = fateOf(stage, random, person, at)
  const notes = isWhole && fate.contactedAt !== null ? notesOf(firm, random, fate.contactedAt) : []
  const description = random.chance(0.6) ? fill(topic.wish, words) : null
  const isByHand = origin === 'phone' || origin === 'mail' || origin === 'referral'
  const row = {
    ...columnsOf(person),
    ...statesOf(fate, agent),
    ...{ description, type_id: firm.leadTypes[topic.type], source_id: firm.sources[sourceOf[origin]] },
    ...{ created_by_id: isByHand ? agent.id : null, is_public: flag(random.chance(0.1)) },
    ...{ value: topic.type === 'Sales' ? random.between(4, 240) * 100_00 : null },
    ...(isWhole && origin === 'chat' ? chatOf(random, at) : noChat),
    ...{ last_contact_at: notes.findLast(note => note.isContact)?.at ?? null, created_at: at },
    updated_at: Math.max(at, fate.assignedAt ?? 0, fate.statusAt ?? 0, fate.lostAt ?? 0)
  }
  const tags = isWhole && random.chance(0.35) ? random.some(leadTags, random.between(1, 2)) : []
  const id = bulk.insert('leads', row)
  bulk.search('lead_search', id, leadTerms(row, tags))
  bulk.note(at, 'lead.created', id, { name: person.name }, row.created_by_id)
  if (fate.lostAt === null && !fate.isJunk && fate.customerId === null) {
    leads.add({ id, person, since: at, isQualified: fate.isQualified })
  }
  if (!isWhole) return
  const isOnline = origin === 'chat' || origin === 'form'
  if (isOnline) addVisit(stage, id, random, { person, topic, words, agent, chatAt: row.chat_started_at })
  for (const tag of tags) bulk.insert('lead_tags', { lead_id: id, tag_id: firm.tags.get(tag)! })
  tellFate(stage, id, fate, agent)
  for (const note of notes) addNote(stage, id, note, fill(random.pick(leadNotes), words), agent)
  if (fate.isQualified) addPaper(stage, 'lead', id, fate.statusAt ?? at, agent)
}

const flag = (value: boolean): 0 | 1 => (value ? 1 : 0)

const noChat = { has_chat: 0 as const, chat_id: null, chat_started_at: null }

const chatOf = (random: Random, at: number) => ({
  has_chat: 1 as const,
  chat_id: [1, 2, 3].map(() => random.between(0, 0xffffffff).toString(16).padStart(8, '0')).join(''),
  chat_started_at: at - minute
})

function columnsOf({ name, job, company, email, phone, place, address, zip, website }: Person) {
  return {
    ...{ name, title: job, company, email, email_key: fold(email), phone, phone_digits: phoneDigits(phone) },
    ...{ address, city: place.city, state: place.region, zip, country: place.country, website }
  }
}

const statesOf = (fate: Fate, agent: Member) => ({
  ...{
    status_id: fate.statusId,
    status_changed_at: fate.statusAt,
    is_lost: flag(fate.lostAt !== null),
    is_junk: flag(fate.isJunk)
  },
  ...{ assigned_id: fate.assignedAt === null ? null : agent.id, assigned_at: fate.assignedAt },
  ...{ converted_at: fate.convertedAt, customer_id: fate.customerId }
})

interface Noted {
  at: number
  /** The lead was spoken to then. */
  isContact: boolean
}

function notesOf(firm: Firm, random: Random, contactedAt: number): Noted[] {
  const notes: Noted[] = []
  let at = contactedAt
  for (let count = random.between(0, 3); count > 0; count--) {
    notes.push({ at, isContact: notes.length === 0 || random.chance(0.5) })
    at = after(at, random.between(1, 12) * day, firm)
  }
  return notes
}

function addNote({ bulk }: Stage, lead_id: number, { at, isContact }: Noted, description: string, agent: Member): void {
  const columns = { lead_id, description, contacted_at: isContact ? at : null, staff_id: agent.id, created_at: at }
  bulk.note(at, 'lead.note_added', lead_id, { note_id: bulk.insert('notes', columns) }, agent.id)
}
