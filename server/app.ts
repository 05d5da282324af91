import type { FastifyInstance } from 'fastify'
import { createGuard } from './auth/guard.ts'
import { callRoutes } from './calls/routes.ts'
import { callsV1 } from './calls/v1.ts'
import type { Config } from './config.ts'
import { customerRoutes } from './customers/routes.ts'
import { dealRoutes } from './deals/routes.ts'
import { dealsV1 } from './deals/v1.ts'
import { fileRemoval } from './files/removal.ts'
import { fileRoutes } from './files/routes.ts'
import { openHouse } from './house.ts'
import { keepHouse } from './housekeeping.ts'
import { leadRoutes } from './leads/routes.ts'
import { leadsV1 } from './leads/v1.ts'
import { contextOf } from './organizations/queries.ts'
import type { House } from './platform/context.ts'
import { docsPage } from './platform/docs.ts'
import { Problem } from './platform/errors.ts'
import { createHttp, methodsAt, type Refuse, silentConnections } from './platform/http.ts'
import type { JobKind } from './platform/jobs.ts'
import { openapiOf } from './platform/openapi.ts'
import { operations } from './platform/operations.ts'
import { sendProblem, type V1, v1Surface } from './platform/v1.ts'
import { sendV2Problem, type V2, v2Surface } from './platform/v2.ts'
import { type Pace, Worker } from './platform/worker.ts'
import { reportsV1 } from './reports/v1.ts'
import { staffV1 } from './staff/v1.ts'
import { ticketRoutes } from './tickets/routes.ts'
import { ticketsV1 } from './tickets/v1.ts'

/** The contract, feature by feature. */
function v1(route: V1): void {
  staffV1(route)
  leadsV1(route)
  dealsV1(route)
  ticketsV1(route)
  callsV1(route)
  reportsV1(route)
}

/** The modern API, feature by feature. */
function v2(http: V2): void {
  customerRoutes(http)
  leadRoutes(http)
  dealRoutes(http)
  ticketRoutes(http)
  callRoutes(http)
}

/** The work that outlives requests, feature by feature. */
const jobKinds: JobKind<unknown>[] = [fileRemoval]

/** In the manner of the API that was asked. */
const refuse: Refuse = (problem, cause, request, reply) =>
  (request.url.startsWith('/api/v2') ? sendV2Problem : sendProblem)(problem, cause, request, reply)

/** 405 where the path takes other methods, else 404. */
function refuseUnknown(http: FastifyInstance): void {
  http.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0] as string
    const methods = methodsAt(http, path)
    const problem =
      methods.length > 0
        ? new Problem('method_not_allowed', `${request.method} is not taken here; ${methods.join(', ')} is`, undefined, {
            allow: methods.join(', ')
          })
        : new Problem('not_found', 'There is nothing at this address')
    refuse(problem, problem, request, reply)
  })
}

export interface App {
  http: FastifyInstance
  house: House
  /** Begins the housekeeping and the work on jobs; needs the migrated database. */
  begin(): void
  /** Writes when each app was last used, as happens every minute. */
  writeUsage(): Promise<void>
  /** Finishes the requests under way, refuses new ones, writes what is noted, closes the database. */
  close(): Promise<void>
}

/** What tests add: kinds of jobs, and another pace for them. */
export interface TestJobs {
  kinds?: JobKind<unknown>[]
  pace?: Partial<Pace>
}

/** The whole product on an opened database: every feature mounted by hand, in order. */
export async function createApp(config: Config, { kinds = [], pace }: TestJobs = {}): Promise<App> {
  const house = await openHouse(config)
  let housekeeping: ReturnType<typeof keepHouse> | undefined
  const http = createHttp(config, refuse)
  const silent = silentConnections(http)
  const guard = createGuard(house, config, config.workers > 1 || house.store.dialect === 'postgres')
  const parts = { house, contextOf: (id: number) => contextOf(house, id), log: http.log }
  const worker = new Worker({ ...parts, kinds: [...jobKinds, ...kinds], pace })
  operations(http, house, config, worker.counts, () => housekeeping !== undefined)
  docsPage(http)
  fileRoutes(http, house)
  http.register(
    async scope => {
      guard.protect(scope, ['basic'])
      const routes: Parameters<typeof openapiOf>[0] & [] = []
      v1(v1Surface(scope, { maxFileBytes: config.maxUploadBytes }, routes))
      scope.get('/openapi.json', { config: { public: true } }, async () => openapiOf(routes, house.baseUrl))
    },
    { prefix: '/api/v1' }
  )
  http.register(
    async scope => {
      guard.protect(scope, ['basic', 'bearer'])
      v2(v2Surface(scope))
    },
    { prefix: '/api/v2' }
  )
  refuseUnknown(http)
  const begin = (): void => {
    housekeeping = keepHouse(house, http.log)
    worker.start()
  }
  const close = async (): Promise<void> => {
    const resting = worker.stop()
    // A connection that was busy when the closing began is idle after its answer, and would be kept until its time is over.
    const hangUp = setInterval(() => {
      http.server.closeIdleConnections()
      for (const socket of silent) socket.destroy()
    }, 50)
    await http.close()
    clearInterval(hangUp)
    await housekeeping?.stop()
    await resting
    await guard.stop().finally(() => house.store.close())
  }
  return { http, house, begin, writeUsage: guard.writeUsage, close }
}
