import { day, type Stage } from './cast.ts'
import type { Member } from './firm.ts'
import { lostReasons } from './offers.ts'
import type { Random } from './random.ts'

/** How far a deal has come until today. */
export interface Course {
  /** The stages it has been in, by their place in the pipeline, each from when on. */
  stages: { at: number; place: number }[]
  /** When it is or was expected to be decided. */
  end: number
  status: 'open' | 'won' | 'lost'
  closedAt: number | null
  lostReason: string | null
}

/** A deal goes through the stages at an even pace; one that is lost stops on the way. */
export function courseOf({ firm }: Stage, random: Random, at: number): Course {
  const count = firm.pipeline.stages.length
  const length = random.between(15, 80) * day
  const isWinner = random.chance(0.58)
  const reached = isWinner ? count : random.between(1, count)
  const stages = Array.from({ length: reached }, (_stage, place) => ({ at: at + Math.floor((length * place) / count), place }))
  const passed = stages.filter(stage => stage.at < firm.today)
  const end = at + length
  if (end >= firm.today) return { stages: passed, end, status: 'open', closedAt: null, lostReason: null }
  if (isWinner) return { stages: passed, end, status: 'won', closedAt: end, lostReason: null }
  return { stages: passed, end, status: 'lost', closedAt: end, lostReason: random.pick(lostReasons) }
}

/** The moves between stages and the end as events, as the verbs tell them. */
export function tellCourse(
  { bulk, firm }: Stage,
  id: number,
  { stages, status, closedAt, lostReason }: Course,
  owner: Member
): void {
  for (const [nth, { at, place }] of stages.slice(1).entries()) {
    const [from, to] = [firm.pipeline.stages[stages[nth]!.place]!, firm.pipeline.stages[place]!]
    const changes = { before: { stage_id: from.id }, after: { stage_id: to.id }, names: { stage_id: [from.name, to.name] } }
    bulk.note(at, 'deal.updated', id, changes, owner.id)
  }
  if (closedAt === null) return
  const why = lostReason === null ? undefined : { before: { lost_reason: null }, after: { lost_reason: lostReason } }
  const changes = { before: { status: 'open', ...why?.before }, after: { status, ...why?.after }, names: {} }
  bulk.note(closedAt, 'deal.updated', id, changes, owner.id)
}
