import { Readable } from 'node:stream'
import type { Context } from '../platform/context.ts'
import { discard, receive, type Upload } from '../platform/storage.ts'
import type { Stage } from './cast.ts'
import type { Member } from './firm.ts'

// A few small files of the demo. They are stored before the records, which then take them one after another.

type Kind = 'lead' | 'deal' | 'ticket'

const texts: Record<Kind, [name: string, text: string]> = {
  lead: [
    'visit.txt',
    'Visit on site\n\nNetwork cupboard: second floor, key at reception.\nPrinters: 2. Server: none. Wi-Fi: weak in the meeting room.\n'
  ],
  deal: [
    'offer.txt',
    'Offer\n\nThank you for your enquiry. All prices without tax, valid for 30 days.\nDelivery within three weeks of your order.\n'
  ],
  ticket: [
    'report.txt',
    'Name: print queue\nState: offline\nLast error: the address of the printer does not answer\nJobs waiting: 14\n'
  ]
}

const counts: Record<Kind, number> = { lead: 8, deal: 16, ticket: 12 }

export interface Papers {
  waiting: Record<Kind, Upload[]>
  /** Removes those that no record took. */
  discardRest(): Promise<void>
}

/** Stores the files. */
export async function storePapers({ storage }: Context): Promise<Papers> {
  const waiting: Papers['waiting'] = { lead: [], deal: [], ticket: [] }
  for (const kind of ['lead', 'deal', 'ticket'] as const) {
    const [filename, text] = texts[kind]
    for (let count = counts[kind]; count > 0; count--) {
      const label = { field: 'file', filename, declaredType: 'text/plain' }
      waiting[kind].push(await receive(storage, Readable.from([Buffer.from(text)]), label, { maxBytes: 4096 }))
    }
  }
  return { waiting, discardRest: () => discard(storage, Object.values(waiting).flat()) }
}

/** Gives a record the next waiting file of its kind, if there is one, and says so in its activity. */
export function addPaper({ bulk, papers }: Stage, kind: Kind, id: number, at: number, by: Member): void {
  const paper = papers.waiting[kind].pop()
  if (!paper) return
  const { key, name, type, size } = paper
  const parents = { lead_id: null, deal_id: null, comment_id: null, ticket_id: null, reply_id: null, [`${kind}_id`]: id }
  const file_id = bulk.insert('files', {
    key,
    name,
    type,
    size,
    ...parents,
    staff_id: kind === 'ticket' ? null : by.id,
    created_at: at
  })
  if (kind === 'lead') bulk.note(at, 'lead.file_added', id, { file_id, name }, by.id)
  if (kind === 'deal') bulk.note(at, 'deal.file_added', id, { file_id, file: name }, by.id)
}
