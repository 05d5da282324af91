import { callTerms } from '../calls/actions.ts'
import { phoneDigits } from '../platform/terms.ts'
import { day, minute, type Stage, wordsOf } from './cast.ts'
import { type Person, personOf, strangersPhone } from './people.ts'
import { fill, Random } from './random.ts'
import { talks, transcript } from './talks.ts'

/** A call with a lead, a customer's contact or a stranger. */
export function addCall(stage: Stage, index: number, at: number, isWhole: boolean): void {
  const { bulk, firm } = stage
  const random = new Random('call', index)
  const party = partyOf(stage, random, index, at)
  const talk = random.pick(talks.filter(({ with: parties }) => parties.includes(party.kind)))
  const agent = random.pick(talk.by === 'Sales' ? firm.staffOf.Sales : firm.staffOf.Support)
  const [outcome, summary] = random.pick(talk.ends)
  const words = { ...party.person, ...wordsOf(random, agent), city: party.person.place.city }
  const ended_at = at + random.between(...talk.length) * 1000
  const followUp = random.chance(0.2) ? at + random.between(1, 14) * day : null
  const row = {
    ...{ provider_call_id: null, direction: talk.direction, phone: party.phone, phone_digits: phoneDigits(party.phone) },
    ...{ purpose: talk.purpose, summary: fill(summary, words), outcome },
    ...{ transcript: isWhole && talk.purpose === 'Follow-up on offer' ? fill(transcript, words) : null, recording_url: null },
    ...{ started_at: at, ended_at, lead_id: party.leadId, customer_id: party.customerId, contact_id: party.contactId },
    ...{
      spoken_by_id: agent.id,
      with_staff_id: random.chance(0.05) ? random.pick(firm.crew.filter(one => one !== agent)).id : null
    },
    ...{ follow_up_at: followUp, is_important: flag(random.chance(0.08)) },
    ...{ is_completed: flag(followUp === null || (followUp < firm.today && random.chance(0.9))) },
    ...{ created_at: ended_at + minute, updated_at: ended_at + minute }
  }
  const id = bulk.insert('calls', row)
  bulk.search('call_search', id, callTerms(row))
  bulk.note(row.created_at, 'call.logged', id, { direction: row.direction, provider_call_id: null }, agent.id)
}

const flag = (value: boolean): 0 | 1 => (value ? 1 : 0)

interface Party {
  kind: 'lead' | 'customer' | 'stranger'
  person: Person
  phone: string
  leadId: number | null
  customerId: number | null
  contactId: number | null
}

function partyOf({ leads, customers }: Stage, random: Random, index: number, at: number): Party {
  const draw = random.next()
  const nobody = { leadId: null, customerId: null, contactId: null }
  const customer = draw < 0.3 ? customers.pick(random, at) : undefined
  if (customer) {
    const { person } = customer
    return { ...nobody, kind: 'customer', person, phone: person.phone, customerId: customer.id, contactId: customer.contactId }
  }
  const lead = draw < 0.88 ? leads.pick(random, at) : undefined
  const person = lead?.person ?? personOf(index)
  if (lead) return { ...nobody, kind: 'lead', person, phone: person.phone, leadId: lead.id }
  return { ...nobody, kind: 'stranger', person, phone: strangersPhone(random) }
}
