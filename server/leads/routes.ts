import type { Static } from 'typebox'
import type { RowOf } from '../db/keyset.ts'
import { isoTime, microIso } from '../platform/clock.ts'
import type { Context } from '../platform/context.ts'
import { listRoute } from '../platform/cursors.ts'
import { flag, idsOrNone } from '../platform/filters.ts'
import { transact } from '../platform/transact.ts'
import { IdParams, isoOrNull, moneyOrNull, readMoney, readTime, type V2 } from '../platform/v2.ts'
import { actAs } from '../staff/queries.ts'
import { createLead } from './actions.ts'
import { updateLead } from './change.ts'
import { readAnalytics } from './chat.ts'
import { getLead, leadKeyset, listTags } from './queries.ts'
import { Lead, type LeadAnalytics, type LeadChange, LeadChangeForm, type LeadChat, LeadForm, ListedLead } from './schema.ts'

const tags = ['Leads']

/** Room for the longest chat: its messages and what each says of itself. */
const chat = { bodyLimit: 4 * 1024 * 1024, config: { permission: 'leads:write', mostValues: 100_000 } } as const

/** The lead routes of /api/v2. */
export function leadRoutes(http: V2): void {
  listRoute(http, {
    path: '/leads',
    tag: 'Leads',
    permission: 'leads:read',
    item: ListedLead,
    rows: leadKeyset,
    filters: { status_id: idsOrNone, type_id: idsOrNone, source_id: idsOrNone, assigned_id: idsOrNone, is_public: flag },
    present: presentListed
  })
  http.post('/leads', { ...chat, schema: { tags, body: LeadForm, response: { 201: Lead } } }, async ({ ctx, body }, reply) => {
    const acting = await actAs(ctx, body.staff_id)
    const lead = { ...changeOf(ctx, body), name: body.name }
    const saved = await transact(acting, async ctx => present(ctx, await createLead(ctx, lead)))
    reply.code(201)
    return saved
  })
  http.get(
    '/leads/:id',
    { config: { permission: 'leads:read' }, schema: { tags, params: IdParams, response: { 200: Lead } } },
    async ({ ctx, params }) => present(ctx, params.id)
  )
  http.patch(
    '/leads/:id',
    { ...chat, schema: { tags, params: IdParams, body: LeadChangeForm, response: { 200: Lead } } },
    async ({ ctx, params, body }) => {
      const change = changeOf(ctx, body)
      return transact(await actAs(ctx, body.staff_id), async ctx => {
        await updateLead(ctx, params.id, change)
        return present(ctx, params.id)
      })
    }
  )
}

/** The verb's input: amounts in minor units, times in milliseconds, every field of chat and analytics. */
function changeOf({ organization }: Context, { staff_id, value, chat, analytics, ...fields }: LeadChangeForm): LeadChange {
  return {
    ...fields,
    ...(value !== undefined && { value: value && readMoney(value, 'value', organization.currency) }),
    ...(chat !== undefined && { chat: chat && chatOf(chat) }),
    ...(analytics !== undefined && { analytics: analytics && analyticsOf(analytics) })
  }
}

const time = (text: string | null | undefined, field: string): number | null => (text ? readTime(text, field) : null)

function chatOf({ id, started_at, ended_at, messages = [] }: NonNullable<LeadChangeForm['chat']>): LeadChat {
  return {
    id: id?.trim() || null,
    started_at: time(started_at, 'chat.started_at'),
    ended_at: time(ended_at, 'chat.ended_at'),
    messages: messages.map(({ id, created_at, visibility, type, properties, text, author_id }, index) => ({
      id,
      created_at: microIso(readTime(created_at, `chat.messages.${index}.created_at`)),
      visibility: visibility ?? null,
      type: type ?? null,
      properties: properties ?? {},
      text: text ?? null,
      author_id: author_id ?? null
    }))
  }
}

function analyticsOf(given: NonNullable<LeadChangeForm['analytics']>): LeadAnalytics {
  return {
    source: given.source ?? null,
    browser: given.browser ?? null,
    source_url: given.source_url ?? null,
    ip: given.ip ?? null,
    city: given.city ?? null,
    country: given.country ?? null,
    country_code: given.country_code ?? null,
    latitude: given.latitude ?? null,
    longitude: given.longitude ?? null,
    region: given.region ?? null,
    timezone: given.timezone ?? null
  }
}

async function present(ctx: Context, id: number): Promise<Lead> {
  const lead = await getLead(ctx, id)
  const { chat, analytics } = await readAnalytics(ctx, lead)
  return {
    ...presentBrief(lead, ctx),
    description: lead.description,
    tags: await listTags(ctx, id),
    chat: chat && { ...chat, started_at: isoOrNull(chat.started_at), ended_at: isoOrNull(chat.ended_at) },
    analytics
  }
}

const presentListed = (lead: RowOf<typeof leadKeyset>, ctx: Context): Static<typeof ListedLead> => ({
  ...presentBrief(lead, ctx),
  tags: lead.tags?.split(',') ?? []
})

function presentBrief(lead: Omit<RowOf<typeof leadKeyset>, 'tags'>, ctx: Context): Omit<Static<typeof ListedLead>, 'tags'> {
  return {
    ...lead,
    is_public: lead.is_public === 1,
    is_lost: lead.is_lost === 1,
    is_junk: lead.is_junk === 1,
    value: moneyOrNull(lead.value, ctx.organization.currency),
    last_contact_at: isoOrNull(lead.last_contact_at),
    assigned_at: isoOrNull(lead.assigned_at),
    status_changed_at: isoOrNull(lead.status_changed_at),
    converted_at: isoOrNull(lead.converted_at),
    created_at: isoTime(lead.created_at),
    updated_at: isoTime(lead.updated_at)
  }
}
