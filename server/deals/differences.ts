import { formatMoney, formatQuantity } from '../platform/money.ts'

// What a change to a deal or a service changed: as its event keeps it, and in the words of people.

type Row = Readonly<Record<string, unknown>>

/** What an event says of changed fields: raw values, and beside those of references the names they had then. */
export interface Changes {
  before: Record<string, unknown>
  after: Record<string, unknown>
  names: Record<string, [before: string | null, after: string | null]>
}

interface Told {
  label: string
  /** The column that has the name of what this one refers to. */
  name?: string
  /** Only that it changed is told: it may be long, and is nobody else's business. */
  wordy?: true
  show?: (value: never) => string
}

const asList = (json: string): string => (JSON.parse(json) as string[]).join(', ') || 'none'

const told: Record<string, Told> = {
  title: { label: 'Title' },
  value: { label: 'Value', show: formatMoney },
  status: { label: 'Status' },
  lost_reason: { label: 'Lost reason' },
  pipeline_id: { label: 'Pipeline', name: 'pipeline_name' },
  stage_id: { label: 'Stage', name: 'stage_name' },
  owner_id: { label: 'Owner', name: 'owner_name' },
  assignee_ids: { label: 'Assigned', name: 'assignee_names' },
  source_id: { label: 'Source', name: 'source_name' },
  lead_id: { label: 'Lead', name: 'party_name' },
  customer_id: { label: 'Customer', name: 'party_name' },
  expected_close_on: { label: 'Expected close' },
  tags: { label: 'Tags' },
  notes: { label: 'Notes', wordy: true },
  name: { label: 'Name' },
  quantity: { label: 'Quantity', show: formatQuantity },
  unit: { label: 'Unit' },
  unit_cost: { label: 'Unit cost', show: formatMoney },
  taxes: { label: 'Taxes', show: asList },
  description: { label: 'Description', wordy: true }
}

/** What differs between two readings of a deal or a service, for an event; undefined when nothing does. */
export function changesBetween(before: object, after: object): Changes | undefined {
  const [old, now] = [before as Row, after as Row]
  const changes: Changes = { before: {}, after: {}, names: {} }
  for (const [field, { name, wordy }] of Object.entries(told)) {
    if (!(field in now) || old[field] === now[field]) continue
    changes.before[field] = wordy ? old[field] !== null : old[field]
    changes.after[field] = wordy ? now[field] !== null : now[field]
    if (name) changes.names[field] = [nameIn(old, field, name), nameIn(now, field, name)]
  }
  return Object.keys(changes.after).length > 0 ? changes : undefined
}

const nameIn = (row: Row, field: string, name: string): string | null => (row[field] === null ? null : (row[name] as string))

interface Change {
  field: string
  from: string | null
  to: string | null
}

/** The changes of an event in the words of people. */
export function changesOf(data: Partial<Changes>): Change[] {
  const { before = {}, after = {}, names = {} } = data
  return Object.keys(after).map(field => {
    const { label = field, wordy, show } = told[field] ?? ({} as Partial<Told>)
    const shown = (value: unknown): string | null =>
      value === null || value === undefined || wordy ? null : show ? show(value as never) : String(value)
    const [from, to] = names[field] ?? [shown(before[field]), shown(after[field])]
    return { field: label, from, to }
  })
}

export function sentenceOf({ field, from, to }: Change): string {
  if (from === null) return to === null ? `${field} changed.` : `${field} set to "${to}".`
  return to === null ? `${field} "${from}" removed.` : `${field} changed from "${from}" to "${to}".`
}
