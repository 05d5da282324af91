import { parentPort, workerData } from 'node:worker_threads'
import { contentOf } from './survival.ts'
import { randomFrom } from './words.ts'

// One client process of the soak: a thread with some connections, each of which works like a person and keeps a journal of what it
// was told.

export interface LoadTask {
  name: string
  authorization: string
  connections: number
  seed: number
}

/** Where the servers are now, or that it is time to finish. */
export type Order = { ports: number[] } | 'finish'

/** One request, as it was answered. Times are `Date.now()`. */
export interface Asked {
  what: string
  server: number
  asked: number
  answered: number
  /** 0: the connection was lost before the whole answer was there. */
  status: number
  isWanted: boolean
  /** Of a 503: whether it says that nothing was saved and when to come again. */
  isHonest: boolean
  text: string
}

export type Outcome = 'saved' | 'unsure' | 'refused'
export type Kind = 'tickets' | 'replies' | 'leads' | 'files'

export interface Journal {
  /** What was written, by a text that only this one has. */
  written: Record<Kind, [key: string, outcome: Outcome][]>
  /** By lead: the last number that was saved, and later ones of which nobody knows. */
  counters: [lead: string, { saved: number; unsure: number[] }][]
}

const { name, authorization, connections, seed } = workerData as LoadTask
const random = randomFrom(seed)
const journal: Journal = { written: { tickets: [], replies: [], leads: [], files: [] }, counters: [] }
let ports: number[] = []
let isFinishing = false

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))
const finished = new Promise<void>(resolve => {
  parentPort?.on('message', (order: Order) => {
    if (order === 'finish') {
      isFinishing = true
      resolve()
    } else ports = order.ports
  })
})

interface Request {
  what: string
  method?: string
  path: string
  body?: FormData | object
  wanted?: number[]
}

async function ask({ what, method = 'GET', path, body, wanted = [200, 201] }: Request) {
  const server = Math.floor(random() * ports.length)
  const asked = Date.now()
  const isJson = body !== undefined && !(body instanceof FormData)
  const headers = { authorization, ...(isJson && { 'content-type': 'application/json' }) }
  let answer = { status: 0, isHonest: false, text: '' }
  try {
    const response = await fetch(`http://127.0.0.1:${ports[server]}${path}`, {
      method,
      headers,
      body: isJson ? JSON.stringify(body) : ((body ?? null) as FormData | null),
      signal: AbortSignal.timeout(60_000)
    })
    answer = { status: response.status, isHonest: response.headers.has('retry-after'), text: '' }
    answer.text = await response.text()
  } catch (error) {
    const { name, cause } = error as Error & { cause?: { code?: string; message?: string } }
    answer = { status: 0, isHonest: false, text: cause?.code ?? cause?.message ?? name }
  }
  const isWanted = wanted.includes(answer.status)
  const told: Asked = {
    what,
    server,
    asked,
    answered: Date.now(),
    ...answer,
    isWanted,
    text: isWanted ? '' : answer.text.slice(0, 300)
  }
  parentPort?.postMessage(told)
  return { ...answer, isWanted }
}

/** Asks until it is saved, or nobody knows; what was surely not saved is asked again. */
async function write(request: Request): Promise<{ outcome: Outcome; text: string }> {
  for (let left = 60; left > 0; left -= isFinishing ? 1 : 0) {
    const { status, isWanted, isHonest, text } = await ask(request)
    if (isWanted) return { outcome: 'saved', text }
    const isRefused = (status === 503 && isHonest) || (status === 0 && text === 'ECONNREFUSED')
    if (!isRefused) return { outcome: 'unsure', text }
    await pause(100 + random() * 200)
  }
  return { outcome: 'refused', text: '' }
}

function formOf(fields: Record<string, string>): FormData {
  const form = new FormData()
  for (const [field, value] of Object.entries(fields)) form.append(field, value)
  return form
}

interface Person {
  key: string
  count: number
  tickets: { id: number; number: string; subject: string }[]
  leads: { id: number; name: string; counter: { saved: number; unsure: number[] } }[]
}

const pick = <T>(list: T[]): T | undefined => list[Math.floor(random() * list.length)]
const keyOf = (person: Person): string => `soak ${person.key}n${person.count++}`

async function openTicket(person: Person): Promise<void> {
  const subject = keyOf(person)
  const form = formOf({ subject, message: `${subject} ${'and it does not print '.repeat(10)}` })
  const filename = `${subject.replaceAll(' ', '-')}-${1 + Math.floor(random() * 50_000)}.bin`
  const hasFile = random() < 0.25
  if (hasFile) form.append('attachments[]', new Blob([contentOf(filename)]), filename)
  const { outcome, text } = await write({ what: 'open a ticket', method: 'POST', path: '/api/v1/ticket/create', body: form })
  journal.written.tickets.push([subject, outcome])
  if (hasFile) journal.written.files.push([filename, outcome])
  if (outcome !== 'saved') return
  const { data } = JSON.parse(text)
  person.tickets.push({ id: Number(data.tenant_ticket_id), number: data.ticketid, subject })
  await readTicket(person.tickets.at(-1))
}

/** What was acknowledged is there, whichever server is asked. */
async function readTicket(ticket: Person['tickets'][number] | undefined): Promise<void> {
  if (!ticket) return
  const { isWanted, text } = await ask({ what: 'read a ticket', path: `/api/v1/ticket/details/${ticket.number}` })
  if (isWanted && JSON.parse(text).data.subject !== ticket.subject) throw new Error(`Ticket ${ticket.number} is another one`)
}

async function reply(person: Person): Promise<void> {
  const ticket = pick(person.tickets)
  if (!ticket) return
  const message = keyOf(person)
  const path = `/api/v2/tickets/${ticket.id}/replies`
  const { outcome } = await write({ what: 'reply', method: 'POST', path, body: { message, from: 'customer' } })
  journal.written.replies.push([message, outcome])
}

async function enterLead(person: Person): Promise<void> {
  const name = keyOf(person)
  const body = { name, email: `${person.key}n${person.count}@example.com`, description: '0' }
  const { outcome, text } = await write({ what: 'enter a lead', method: 'POST', path: '/api/v2/leads', body })
  journal.written.leads.push([name, outcome])
  if (outcome !== 'saved') return
  const counter = { saved: 0, unsure: [] }
  journal.counters.push([name, counter])
  person.leads.push({ id: JSON.parse(text).id, name, counter })
}

async function countUp(person: Person): Promise<void> {
  const lead = pick(person.leads)
  if (!lead) return
  const next = Math.max(lead.counter.saved, ...lead.counter.unsure) + 1
  const body = { description: String(next) }
  const { outcome } = await write({ what: 'change a lead', method: 'PATCH', path: `/api/v2/leads/${lead.id}`, body })
  if (outcome === 'saved') Object.assign(lead.counter, { saved: next, unsure: [] })
  if (outcome === 'unsure') lead.counter.unsure.push(next)
}

const read = (what: string, path: string, wanted?: number[]) => async () =>
  void (await ask({ what, path, ...(wanted && { wanted }) }))

/** What a person does, and how often. */
const deeds: [share: number, deed: (person: Person) => Promise<void>][] = [
  [20, openTicket],
  [12, reply],
  [8, enterLead],
  [12, countUp],
  [18, async person => readTicket(pick(person.tickets))],
  [8, read('list tickets', '/api/v1/ticket/list?limit=25')],
  [6, read('search tickets', '/api/v1/ticket/list?search=print&limit=10')],
  [6, read('list leads', '/api/v1/leads/list?limit=25')],
  [3, read('report', '/api/v1/leads/report')],
  [2, read('export', '/api/v1/leads/report/csv')],
  [3, read('ask for nonsense', '/api/v1/ticket/list?limit=lots', [400, 422])],
  [2, read('ask for what is not there', '/api/v1/ticket/details/999999999', [404])]
]

/** Each deed as often in the list as its share says. */
const choices = deeds.flatMap(([share, deed]) => Array.from({ length: share }, () => deed))

async function work(person: Person): Promise<void> {
  while (!isFinishing) {
    await pick(choices)?.(person)
    await pause(random() * 120)
  }
}

while (ports.length === 0) await pause(20)
await Promise.all(
  Array.from({ length: connections }, (_, index) => work({ key: `${name}c${index}`, count: 0, tickets: [], leads: [] }))
)
await finished
parentPort?.postMessage({ journal })
parentPort?.close()
