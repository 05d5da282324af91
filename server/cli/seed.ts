import type { Config } from '../config.ts'
import { createOrganization } from '../organizations/actions.ts'
import { contextOf } from '../organizations/queries.ts'
import type { Context } from '../platform/context.ts'
import { type Counts, seedDemo, usualCounts } from '../seed/demo.ts'
import { inOrganization, withMadeHouse } from './database.ts'
import { created, credentialLines, print, printJson } from './output.ts'
import { openProgress } from './progress.ts'

interface Options extends Partial<Counts> {
  organization?: number
  json?: boolean
}

/** `liveforce seed --demo`. */
export async function seed(config: Config, { organization, json, ...given }: Options): Promise<void> {
  const { leads, tickets, deals, calls } = { ...usualCounts, ...given }
  const counts = { leads, tickets, deals, calls }
  const began = performance.now()
  const made =
    organization === undefined
      ? await inNewOrganization(config, json === true, ctx => fill(ctx, counts))
      : await inOrganization(config, organization, ctx => fill(ctx, counts))
  const seconds = Math.round((performance.now() - began) / 100) / 10
  if (json) printJson({ ...(made ? created(made) : { organization_id: organization }), added: counts, seconds })
  else print(`Added ${leads} leads, ${tickets} tickets, ${deals} deals and ${calls} calls in ${seconds} s.`)
}

const inNewOrganization = (config: Config, isSilent: boolean, work: (ctx: Context) => Promise<void>) =>
  withMadeHouse(config, async house => {
    const input = { name: 'Demo', email: 'admin@example.com' }
    const made = await createOrganization(house, input)
    if (!isSilent)
      print('Created. The password and the access token are seen only this once:', ...credentialLines(input.name, made))
    await work(await contextOf(house, made.organizationId))
    return made
  })

/** Adds the demo and shows how far it is. */
export async function fill(ctx: Context, counts: Counts = usualCounts): Promise<void> {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0)
  const progress = await openProgress(total)
  try {
    await seedDemo(ctx, counts, progress.report)
  } finally {
    progress.stop()
  }
}
