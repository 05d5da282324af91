import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Store } from '../server/db/store.ts'
import type { Journal, Kind, Outcome } from './soak-load.ts'
import type { Stage } from './soak-stage.ts'
import { contentOf } from './survival.ts'

// What must be true of the database and its files when the soak is over.

interface Checked {
  figures: string[]
  failures: string[]
}

const places: Record<Kind, { table: string; column: string; own: string }> = {
  tickets: { table: 'tickets', column: 'subject', own: 'soak %' },
  replies: { table: 'replies', column: 'message', own: 'soak %' },
  leads: { table: 'leads', column: 'name', own: 'soak %' },
  files: { table: 'files', column: 'name', own: 'soak-%' }
}

/** Looks at everything, with the servers stopped. */
export async function checkAll({ store, files }: Stage, journals: Journal[]): Promise<Checked> {
  const parts: Checked[] = []
  for (const kind of Object.keys(places) as Kind[]) parts.push(await checkWritten(store, kind, journals))
  parts.push(await checkCounters(store, journals), await checkNumbers(store), await checkFiles(store, files))
  if (store.dialect === 'sqlite') parts.push(await checkFile(store))
  return { figures: parts.flatMap(({ figures }) => figures), failures: parts.flatMap(({ failures }) => failures) }
}

/** Saved is there once, refused is not there, and of what nobody knows there is one at most. */
async function checkWritten({ reader }: Store, kind: Kind, journals: Journal[]): Promise<Checked> {
  const { table, column, own } = places[kind]
  const found = await reader.all<{ key: string; count: number }>(
    `select ${column} as key, count(*) as count from ${table} where ${column} like '${own}' group by ${column}`,
    []
  )
  const there = new Map(found.map(({ key, count }) => [key, Number(count)]))
  const written = journals.flatMap(journal => journal.written[kind])
  const known = new Set(written.map(([key]) => key))
  const allowed: Record<Outcome, (count: number) => boolean> = {
    saved: count => count === 1,
    unsure: count => count <= 1,
    refused: count => count === 0
  }
  const wrong = written.filter(([key, outcome]) => !allowed[outcome](there.get(key) ?? 0))
  const strangers = [...there.keys()].filter(key => !known.has(key))
  const total = (wanted: Outcome): number => written.filter(([, outcome]) => outcome === wanted).length
  return {
    figures: [
      `${kind}: ${total('saved')} acknowledged, ${total('unsure')} of which nobody knew, ${total('refused')} refused to the end; ${wrong.length} not as told`
    ],
    failures: [
      ...wrong.map(([key, outcome]) => `${kind} "${key}": told ${outcome}, there ${there.get(key) ?? 0} times`),
      ...strangers.map(key => `${kind} "${key}" is there, and nobody wrote it`)
    ]
  }
}

/** The last acknowledged change of a lead is there, or a later one of which nobody knew. */
async function checkCounters({ reader }: Store, journals: Journal[]): Promise<Checked> {
  const rows = await reader.all<{ name: string; description: string }>(
    "select name, description from leads where name like 'soak %'",
    []
  )
  const there = new Map(rows.map(({ name, description }) => [name, Number(description)]))
  const counters = journals.flatMap(journal => journal.counters)
  const changes = counters.reduce((sum, [, { saved }]) => sum + saved, 0)
  const lost = counters.filter(([name, { saved, unsure }]) => ![saved, ...unsure].includes(there.get(name) ?? -1))
  return {
    figures: [`changes of leads: ${changes}, leads that lost one: ${lost.length}`],
    failures: lost.map(([name, { saved }]) => `lead "${name}" was changed to ${saved} and has ${there.get(name)}`)
  }
}

/** Numbers of tickets and positions of events have no gaps, and each of our tickets has its event. */
async function checkNumbers({ reader }: Store): Promise<Checked> {
  const organizations = await reader.all<Record<string, number>>(
    `select id, last_ticket_number as last, event_position as position,
    (select count(*) from tickets where organization_id = organizations.id) as tickets,
    (select coalesce(max(number), 0) from tickets where organization_id = organizations.id) as number,
    (select count(*) from events where organization_id = organizations.id) as events,
    (select coalesce(max(position), 0) from events where organization_id = organizations.id) as highest from organizations`,
    []
  )
  const gaps = organizations.filter(
    ({ last, position, tickets, number, events, highest }) =>
      last !== tickets || number !== tickets || position !== events || highest !== events
  )
  const silent = await reader.all(
    `select subject from tickets where subject like 'soak %' and 1 <> (select count(*) from events
    where events.organization_id = tickets.organization_id and record_type = 'ticket' and record_id = tickets.id and type = 'ticket.opened')`,
    []
  )
  const events = organizations.reduce((sum, { events }) => sum + (events ?? 0), 0)
  return {
    figures: [`events: ${events}; organizations with gaps: ${gaps.length}, tickets without exactly one event: ${silent.length}`],
    failures: [
      ...gaps.map(organization => `numbers or positions have gaps: ${JSON.stringify(organization)}`),
      ...silent.slice(0, 5).map(row => `a ticket has not exactly one event: ${JSON.stringify(row)}`)
    ]
  }
}

/** What a row names lies there, as it was sent. */
async function checkFiles({ reader }: Store, folder: string): Promise<Checked> {
  const rows = await reader.all<{ key: string; name: string }>("select key, name from files where name like 'soak-%'", [])
  const damaged = rows.filter(({ key, name }) => {
    try {
      return !readFileSync(join(folder, key)).equals(contentOf(name))
    } catch {
      return true
    }
  })
  return {
    figures: [`files with a row: ${rows.length}, not as they were sent: ${damaged.length}`],
    failures: damaged.map(({ name }) => `the file ${name} is not there as it was sent`)
  }
}

async function checkFile({ reader }: Store): Promise<Checked> {
  const [{ integrity_check: damage } = { integrity_check: 'nothing' }] = await reader.all<{ integrity_check: string }>(
    'pragma integrity_check',
    []
  )
  const strays = await reader.all('pragma foreign_key_check', [])
  return {
    figures: [`integrity_check: ${damage}, foreign_key_check: ${strays.length} rows`],
    failures: damage === 'ok' && strays.length === 0 ? [] : [`the file is damaged: ${damage}, ${strays.length} strays`]
  }
}
