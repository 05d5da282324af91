import { after, day, hour, minute, type Stage } from './cast.ts'
import { addCustomer } from './customers.ts'
import type { Member } from './firm.ts'
import type { Person } from './people.ts'
import type { Random } from './random.ts'

/** How far a lead has come until today; times are null for what has not happened. */
export interface Fate {
  assignedAt: number | null
  contactedAt: number | null
  statusId: number | null
  /** When it came into its status. */
  statusAt: number | null
  isQualified: boolean
  isJunk: boolean
  lostAt: number | null
  convertedAt: number | null
  customerId: number | null
}

/** The older a lead, the further it has come; a converted one's customer is made here. */
export function fateOf(stage: Stage, random: Random, person: Person, at: number): Fate {
  const { firm } = stage
  const { leadStatus } = firm
  const age = (firm.today - at) / day
  const isJunk = random.chance(0.03)
  const assignedAt = !isJunk && random.chance(age < 0.5 ? 0.4 : 0.97) ? after(at, random.between(4, 300) * minute, firm) : null
  const isReached = assignedAt !== null && random.chance(age < 1 ? 0.25 : age < 6 ? 0.7 : 0.985)
  const fate = { assignedAt, contactedAt: null, isQualified: false, isJunk, lostAt: null, convertedAt: null, customerId: null }
  if (!isReached) return { ...fate, statusId: leadStatus.new, statusAt: null }
  const contactedAt = after(assignedAt, random.between(1, 50) * hour, firm)
  const statusAt = after(contactedAt, random.between(1, 9) * day, firm)
  const lost = (share: number): number | null =>
    age > 20 && random.chance(share) ? after(statusAt, random.between(2, 20) * day, firm) : null
  const draw = random.next()
  if (age > 14 && draw < 0.13) {
    const convertedAt = after(statusAt, random.between(2, 40) * day, firm)
    const customerId = addCustomer(stage, random, person, convertedAt)
    return { ...fate, contactedAt, statusId: leadStatus.customer, statusAt: convertedAt, convertedAt, customerId }
  }
  if (draw < (age < 6 ? 0.3 : 0.5)) {
    return { ...fate, contactedAt, statusId: leadStatus.qualified, statusAt, isQualified: true, lostAt: lost(0.1) }
  }
  if (age > 6 && draw > 0.78) return { ...fate, contactedAt, statusId: leadStatus.unqualified, statusAt, lostAt: lost(0.6) }
  return { ...fate, contactedAt, statusId: leadStatus.contacted, statusAt: contactedAt, lostAt: lost(0.15) }
}

/** The changes of a lead's life as events, as the verbs tell them. */
export function tellFate({ bulk, firm }: Stage, id: number, fate: Fate, agent: Member): void {
  const { leadStatus } = firm
  const { assignedAt, contactedAt, statusAt, statusId, customerId, lostAt } = fate
  const tell = (at: number | null, changes: object): void => {
    if (at !== null) bulk.note(at, 'lead.updated', id, changes, agent.id)
  }
  tell(assignedAt, { assigned_id: [null, agent.id] })
  tell(contactedAt, { status_id: [leadStatus.new, leadStatus.contacted] })
  if (statusId !== leadStatus.contacted) {
    tell(statusAt, {
      status_id: [leadStatus.contacted, statusId],
      ...(customerId !== null && { customer_id: [null, customerId] })
    })
  }
  tell(lostAt, { is_lost: [0, 1] })
}
