import type { Insertable } from 'kysely'
import type { DealsTable } from '../db/tables.ts'
import { dealTerms } from '../deals/actions.ts'
import { titleKey } from '../deals/rules.ts'
import { day, type Stage, wordsOf } from './cast.ts'
import { type Course, courseOf, tellCourse } from './courses.ts'
import { comments, dealNotes, offers } from './offers.ts'
import { addPaper } from './papers.ts'
import { type Person, personOf } from './people.ts'
import { fill, Random } from './random.ts'
import { linesOf } from './services.ts'
import { dealTags } from './talks.ts'

/** A deal with its moves until today, and if `isWhole` services, comments, tags and who is assigned. */
export function addDeal(stage: Stage, index: number, at: number, isWhole: boolean): void {
  const { bulk, firm } = stage
  const random = new Random('deal', index)
  const party = partyOf(stage, random, index, at)
  const owner = random.pick(firm.staffOf.Sales)
  const offer = random.pick(offers)
  const course = courseOf(stage, random, at)
  const lines = linesOf(firm, random, offer, party.person.seats)
  const total = lines.reduce((sum, line) => sum + line.total, 0)
  const notes = random.chance(0.3) ? random.pick(dealNotes) : null
  const tags = isWhole && random.chance(0.4) ? random.some(dealTags, random.between(1, 2)) : []
  const last = course.stages.at(-1)!
  const row = {
    ...{ value: Math.max(50_00, Math.round(total / 50_00) * 50_00), currency: firm.currency, status: course.status, notes },
    ...{ source_id: party.customerId === null ? firm.sources.Website : firm.sources.Referral, owner_id: owner.id },
    ...{ pipeline_id: firm.pipeline.id, stage_id: firm.pipeline.stages[last.place]!.id, position: 0, created_by_id: owner.id },
    ...{ expected_close_on: firm.clock.formatDate(course.end + random.between(-8, 8) * day) },
    ...{ lead_id: party.leadId, customer_id: party.customerId, lost_reason: course.lostReason, closed_at: course.closedAt },
    ...{ created_at: at, updated_at: course.closedAt ?? last.at }
  }
  const { id, title } = insertTitled(stage, `${party.person.company}: ${offer.title}`, index, row)
  bulk.search('deal_search', id, dealTerms({ title, party_name: party.name, tags: tags.join(), notes }))
  bulk.note(at, 'deal.created', id, { title }, owner.id)
  tellCourse(stage, id, course, owner)
  if (!isWhole) return
  for (const tag of tags) bulk.insert('deal_tags', { deal_id: id, tag_id: firm.tags.get(tag)! })
  for (const staff of random.some(firm.crew, random.between(0, 2)))
    bulk.insert('deal_assignees', { deal_id: id, staff_id: staff.id })
  for (const [place, line] of lines.entries()) {
    const service_id = bulk.insert('services', { deal_id: id, ...line, position: place + 1, created_at: at })
    bulk.note(at, 'deal.service_added', id, { service_id, service: line.name }, owner.id)
  }
  addComments(stage, id, random, course, { ...party.person, ...wordsOf(random, owner) })
  if (course.stages.length > 3) addPaper(stage, 'deal', id, course.stages[3]!.at, owner)
}

interface Party {
  leadId: number | null
  customerId: number | null
  name: string
  person: Person
}

/** Whom a deal is with: a qualified lead as a rule, or a customer who buys more. */
function partyOf({ leads, customers }: Stage, random: Random, index: number, at: number): Party {
  const customer = random.chance(0.3) ? customers.pick(random, at) : undefined
  if (customer) {
    return { leadId: null, customerId: customer.id, name: customer.person.company, person: customer.person }
  }
  const lead = leads.pick(random, at, ({ isQualified }) => isQualified) ?? leads.pick(random, at)
  const person = lead?.person ?? personOf(index)
  return { leadId: lead?.id ?? null, customerId: null, name: lead ? person.name : '', person }
}

type Row = Omit<Insertable<DealsTable>, 'id' | 'organization_id' | 'title' | 'title_key'>

/** A firm may be offered the same thing twice, but each title is the only one: then a number is added. */
function insertTitled({ bulk, titles }: Stage, wanted: string, index: number, row: Row): { id: number; title: string } {
  let title = wanted
  for (let nth = index; titles.has(titleKey(title)); nth++) title = `${wanted} (${nth})`
  titles.add(titleKey(title))
  return { id: bulk.insert('deals', { title, title_key: titleKey(title), ...row }), title }
}

type Words = Parameters<typeof fill>[1]

/** Staff talk about a deal once or twice in each stage. */
function addComments({ bulk, firm }: Stage, deal_id: number, random: Random, { stages, closedAt }: Course, words: Words): void {
  for (const [nth, { at }] of stages.entries()) {
    const until = stages[nth + 1]?.at ?? closedAt ?? firm.today
    for (let count = random.between(0, 2); count > 0; count--) {
      const created_at = Math.floor(at + (until - at) * (0.9 / count))
      const staff_id = random.pick(firm.staffOf.Sales).id
      const content = fill(random.pick(comments), words)
      const comment_id = bulk.insert('comments', { deal_id, content, staff_id, created_at })
      bulk.note(created_at, 'deal.commented', deal_id, { comment_id }, staff_id)
    }
  }
}
