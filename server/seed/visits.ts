import { microIso } from '../platform/clock.ts'
import type { Stage } from './cast.ts'
import { browsers, referrers, type topics } from './chats.ts'
import type { Member } from './firm.ts'
import type { Person } from './people.ts'
import { fill, type Random } from './random.ts'

/** A lead's visit to the website. */
export interface Visit {
  person: Person
  topic: (typeof topics)[number]
  words: Record<string, unknown>
  agent: Member
  /** When the visitor began to chat; null when there was only the form. */
  chatAt: number | null
}

// Addresses that are reserved for documentation.
const networks = ['192.0.2', '198.51.100', '203.0.113']

/** What the website tells about a lead's visit: where from, with what, and the chat. */
export function addVisit({ bulk }: Stage, lead_id: number, random: Random, visit: Visit): void {
  const { city, country, code, latitude, longitude, region, timezone } = visit.person.place
  const place = { city, country, country_code: code, latitude, longitude, region, timezone }
  const messages = visit.chatAt === null ? undefined : messagesOf(lead_id, visit.chatAt, random, visit)
  bulk.insert('lead_analytics', {
    lead_id,
    source: random.pick(referrers),
    browser: random.pick(browsers),
    source_url: `https://www.example.com${visit.topic.page}`,
    ip: `${random.pick(networks)}.${random.between(1, 254)}`,
    chat_started_at: visit.chatAt,
    chat_ended_at: messages?.end ?? null,
    place: JSON.stringify(place),
    chat: messages ? JSON.stringify(messages.list) : null
  })
}

function messagesOf(leadId: number, start: number, random: Random, { topic, words, agent }: Visit) {
  let at = start
  const list = topic.lines.map((line, nth) => {
    const isStaff = line.startsWith('> ')
    const message = {
      id: `${leadId}-${nth + 1}`,
      created_at: microIso(at),
      visibility: 'all',
      type: 'message',
      properties: {},
      text: fill(isStaff ? line.slice(2) : line, words),
      author_id: isStaff ? String(agent.id) : 'visitor'
    }
    at += random.between(8, 75) * 1000
    return message
  })
  return { list, end: at }
}
