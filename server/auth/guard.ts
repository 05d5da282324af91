import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Config, Rate } from '../config.ts'
import type { House } from '../platform/context.ts'
import { SharedLimiter } from '../platform/credits.ts'
import { Problem } from '../platform/errors.ts'
import { type Allowance, type Limiter, RateLimiter } from '../platform/limits.ts'
import { demand, type Permission } from '../platform/permissions.ts'
import { type Caller, Callers } from './queries.ts'
import { Usage } from './usage.ts'

const burst = 100
const failuresPerAddress = { rate: { amount: 30, seconds: 60 }, burst: 20 }

/** A request on its way in. */
interface Way {
  permission: Permission
  request: FastifyRequest
  reply: FastifyReply
}

export interface Guard {
  /** Lets only callers with the route's permission into a scope of the server. */
  protect(http: FastifyInstance, schemes: readonly ('basic' | 'bearer')[]): void
  writeUsage(): Promise<void>
  stop(): Promise<void>
}

/**
 * One guard per process: credentials, permission and limits, before a body is read. `isShared` says that other processes serve the same
 * database, so that limits are counted there.
 */
export function createGuard(house: House, { rate }: Pick<Config, 'rate'>, isShared: boolean): Guard {
  const limit = (table: 'rate_credits' | 'address_credits', rate: Rate, burst: number): Limiter =>
    isShared ? new SharedLimiter(house.store, table, rate, burst) : new RateLimiter(rate, burst)
  const apps = rate && limit('rate_credits', rate, burst)
  const failures = rate && limit('address_credits', failuresPerAddress.rate, failuresPerAddress.burst)
  const usage = new Usage(house.store)
  const policy = rate ? `"app";q=${rate.amount};w=${rate.seconds}` : ''

  const identify = async (request: FastifyRequest, callers: Callers) => {
    try {
      return await callers.identify(request.headers.authorization)
    } catch (error) {
      const isWrong = error instanceof Problem && error.kind === 'unauthorized'
      const allowance = isWrong ? await failures?.take(request.ip.slice(0, 64)) : undefined
      throw allowance && !allowance.allowed ? tooMany('Too many failed sign-ins from this address', allowance) : error
    }
  }

  const enter = ({ ctx, appId }: Caller, { permission, request, reply }: Way, allowance?: Allowance): void => {
    if (allowance) {
      reply.header('ratelimit-policy', policy).header('ratelimit', `"app";r=${allowance.remaining};t=${allowance.resetSeconds}`)
      if (!allowance.allowed) throw tooMany(`This app may make ${rate?.amount} requests in ${rate?.seconds} seconds`, allowance)
    }
    usage.note(ctx.organization.id, appId)
    demand(ctx, permission)
    request.ctx = ctx
  }

  /** At once, unless other processes have to be asked what the app has left. */
  const admit = (caller: Caller, way: Way): Promise<void> | undefined => {
    const allowance = apps?.take(caller.appId, caller.ctx.organization.id)
    if (allowance instanceof Promise) return allowance.then(lent => enter(caller, way, lent))
    enter(caller, way, allowance)
    return undefined
  }

  return {
    protect: (http, schemes) => {
      const callers = new Callers(house, schemes)
      // Who is known goes on at once: a promise per request costs as much as the rest of this.
      http.addHook('onRequest', (request, reply, done) => {
        const { permission } = request.routeOptions.config
        if (!permission) return done()
        const way = { permission, request, reply }
        const known = callers.known(request.headers.authorization)
        const admitted = known ? attempt(() => admit(known, way)) : identify(request, callers).then(caller => admit(caller, way))
        if (admitted instanceof Promise) admitted.then(() => done(), done)
        else done(admitted)
      })
    },
    writeUsage: () => usage.write(),
    stop: () => usage.stop()
  }
}

/** What `work` gives or throws. */
function attempt<T>(work: () => T): T | Error {
  try {
    return work()
  } catch (error) {
    return error as Error
  }
}

function tooMany(message: string, { retrySeconds }: Allowance): Problem {
  return new Problem('too_many_requests', `${message}; wait ${retrySeconds} s`, undefined, {
    'retry-after': String(retrySeconds)
  })
}
