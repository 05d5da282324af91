import type { Config } from '../config.ts'
import { createOrganization } from '../organizations/actions.ts'
import { withMadeHouse } from './database.ts'
import { created, credentialLines, print, printJson } from './output.ts'

interface Options {
  name: string
  email: string
  timeZone: string
  currency: string
  json?: boolean
}

/** `liveforce organization create`. */
export async function create(config: Config, { json, currency, ...options }: Options): Promise<void> {
  const input = { ...options, currency: currency.toUpperCase() }
  const organization = await withMadeHouse(config, house => createOrganization(house, input))
  if (json) printJson(created(organization))
  else print('Created. The password and the access token are seen only this once:', ...credentialLines(input.name, organization))
}
