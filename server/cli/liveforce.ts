import { readConfig } from '../config.ts'
import { serve } from '../main.ts'
import { createOrganization } from '../organizations/actions.ts'
import { isEmpty } from '../organizations/queries.ts'

const app = await serve(readConfig(process.env))
if (await isEmpty(app.house)) console.error(await createOrganization(app.house, { name: 'My firm', email: 'admin@example.com' }))
