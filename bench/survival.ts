import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { ftsMatch, organizationTerm, queryTerms } from '../server/platform/terms.ts'

// What must be true of a database and its files after any number of kills.

/** A ticket whose creation the server acknowledged. */
export interface Written {
  subject: string
  number: number
  /** The names of its files, which say what is in them. */
  files: string[]
}

/** The bytes of a file called `…-<size>.bin`: the same for the same name, and never taken for a program. */
export function contentOf(filename: string): Buffer {
  const size = Number(/-(\d+)\.bin$/.exec(filename)?.[1])
  const block = createHash('sha512').update(filename).digest()
  block.write('file')
  return Buffer.alloc(size, block)
}

const latest = 300

/** Whether the last acknowledged tickets are there; cheap. */
export function checkLatest(folder: string, acknowledged: Written[]): string[] {
  const db = new Sqlite(join(folder, 'liveforce.db'), { readonly: true })
  try {
    const subjectOf = db.prepare('select subject from tickets where organization_id = 1 and number = ?').pluck()
    return acknowledged
      .slice(-latest)
      .filter(({ number, subject }) => subjectOf.get(number) !== subject)
      .map(({ number, subject }) => `ticket ${number} "${subject}" was acknowledged and is gone`)
  } finally {
    db.close()
  }
}

interface Checked {
  figures: string[]
  failures: string[]
}

/** Looks at everything; the server must have stopped, after it removed the leftovers of the kills. */
export function checkAll(folder: string, acknowledged: Written[]): Checked {
  const db = new Sqlite(join(folder, 'liveforce.db'))
  try {
    const parts = [
      checkDatabase(db),
      checkTickets(db, acknowledged),
      checkEvents(db),
      checkSearch(db),
      checkFiles(db, join(folder, 'files'), acknowledged)
    ]
    return { figures: parts.flatMap(({ figures }) => figures), failures: parts.flatMap(({ failures }) => failures) }
  } finally {
    db.close()
  }
}

function checkDatabase(db: Sqlite.Database): Checked {
  const damage = db.pragma('integrity_check', { simple: true })
  const strays = db.pragma('foreign_key_check') as unknown[]
  db.exec("insert into ticket_search (ticket_search) values ('integrity-check')")
  return {
    figures: [`integrity_check: ${damage}, foreign_key_check: ${strays.length} rows`],
    failures: [
      ...(damage === 'ok' ? [] : [`integrity_check: ${damage}`]),
      ...(strays.length === 0 ? [] : [`foreign_key_check: ${JSON.stringify(strays.slice(0, 5))}`])
    ]
  }
}

function checkTickets(db: Sqlite.Database, acknowledged: Written[]): Checked {
  const tickets = db.prepare('select number, subject from tickets where organization_id = 1 order by number').all() as Written[]
  const bySubject = new Map<string, number[]>()
  for (const { subject, number } of tickets) bySubject.set(subject, [...(bySubject.get(subject) ?? []), number])
  const lost = acknowledged.filter(({ subject, number }) => !bySubject.get(subject)?.includes(number))
  const twice = [...bySubject].filter(([subject, numbers]) => /^k\d+c\d+n\d+$/.test(subject) && numbers.length > 1)
  const holes = tickets.filter(({ number }, index) => number !== index + 1)
  const last = db.prepare('select last_ticket_number from organizations where id = 1').pluck().get()
  return {
    figures: [
      `tickets: ${tickets.length}, acknowledged and lost: ${lost.length}, written twice: ${twice.length}, numbers with holes: ${holes.length}`
    ],
    failures: [
      ...lost.map(({ subject, number }) => `ticket ${number} "${subject}" was acknowledged and is gone`),
      ...twice.map(([subject, numbers]) => `"${subject}" stands as tickets ${numbers.join()}`),
      ...holes.slice(0, 1).map(({ number }) => `the numbers are not 1 to ${tickets.length}: see ${number}`),
      ...(last === tickets.length ? [] : [`the last number is ${tickets.length}, the organization says ${last}`])
    ]
  }
}

function checkEvents(db: Sqlite.Database): Checked {
  const organizations = db
    .prepare(
      `select id, event_position as last, (select count(*) from events where organization_id = organizations.id) as count,
      (select ifnull(max(position), 0) from events where organization_id = organizations.id) as highest,
      (select ifnull(min(position), 1) from events where organization_id = organizations.id) as lowest from organizations`
    )
    .all() as { id: number; last: number; count: number; highest: number; lowest: number }[]
  const silent = db
    .prepare(
      `select number from tickets where 1 <> (select count(*) from events where events.organization_id = tickets.organization_id
      and record_type = 'ticket' and record_id = tickets.id and type = 'ticket.opened')`
    )
    .pluck()
    .all()
  const orphans = db
    .prepare(
      `select count(*) from events where record_type = 'ticket' and not exists
      (select 1 from tickets where tickets.organization_id = events.organization_id and tickets.id = events.record_id)`
    )
    .pluck()
    .get()
  const gaps = organizations.filter(({ last, count, highest, lowest }) => count !== last || highest !== last || lowest !== 1)
  const total = organizations.reduce((sum, { count }) => sum + count, 0)
  return {
    figures: [`events: ${total}, organizations with gaps: ${gaps.length}, tickets without exactly one: ${silent.length}`],
    failures: [
      ...gaps.map(organization => `the events' positions have gaps: ${JSON.stringify(organization)}`),
      ...silent.slice(0, 5).map(number => `ticket ${number} has not exactly one event`),
      ...(orphans === 0 ? [] : [`${orphans} events tell of tickets that do not exist`])
    ]
  }
}

function checkSearch(db: Sqlite.Database): Checked {
  const find = db.prepare('select rowid from ticket_search where ticket_search match ?').pluck()
  const tickets = db.prepare("select id, subject from tickets where subject glob 'k*c*n*' and subject not like '% %'").all() as {
    id: number
    subject: string
  }[]
  const unfound = tickets.filter(({ id, subject }) => !find.all(ftsMatch(queryTerms(subject), organizationTerm(1))).includes(id))
  const indexed = db.prepare('select count(*) from ticket_search').pluck().get()
  const count = db.prepare('select count(*) from tickets').pluck().get()
  return {
    figures: [`search: ${tickets.length} looked for, not found: ${unfound.length}`],
    failures: [
      ...unfound.slice(0, 5).map(({ subject }) => `the search does not find "${subject}"`),
      ...(indexed === count ? [] : [`the search has ${indexed} entries for ${count} tickets`])
    ]
  }
}

function checkFiles(db: Sqlite.Database, folder: string, acknowledged: Written[]): Checked {
  const rows = db
    .prepare(
      `select files.key, files.name, files.size, tickets.number from files join tickets on tickets.id = files.ticket_id
      where files.name glob 'k*c*n*.bin'`
    )
    .all() as { key: string; name: string; size: number; number: number }[]
  const wrong = rows.filter(({ key, name, size }) => {
    const path = join(folder, key)
    const wanted = contentOf(name)
    return size !== wanted.length || !statSync(path, { throwIfNoEntry: false }) || !readFileSync(path).equals(wanted)
  })
  const stored = new Set(rows.map(({ name, number }) => `${number} ${name}`))
  const promised = acknowledged.flatMap(({ number, files }) => files.map(name => `${number} ${name}`))
  const lost = promised.filter(name => !stored.has(name))
  const leftovers = leftoversIn(db, folder)
  return {
    figures: [
      `files: ${rows.length} rows, ${wrong.length} without their bytes, ${lost.length} acknowledged and lost; ${leftovers.length} without a row`
    ],
    failures: [
      ...wrong.map(({ name }) => `the file ${name} is not on disk as it was sent`),
      ...lost.map(name => `the file ${name} was acknowledged and has no row`),
      ...leftovers.slice(0, 5).map(name => `the file ${name} on disk has no row`)
    ]
  }
}

/** How many files a crash left without a row; the server removes them when they are older than a day. */
export function countLeftovers(folder: string): number {
  const db = new Sqlite(join(folder, 'liveforce.db'), { readonly: true })
  try {
    return leftoversIn(db, join(folder, 'files')).length
  } finally {
    db.close()
  }
}

function leftoversIn(db: Sqlite.Database, folder: string): string[] {
  const keys = db.prepare('select key from files').pluck().all() as string[]
  const known = new Set(keys.map(key => key.slice(key.indexOf('/') + 1)))
  // What lies in the folder itself is the server's own.
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && entry.parentPath !== folder && !known.has(entry.name))
    .map(({ name }) => name)
}
