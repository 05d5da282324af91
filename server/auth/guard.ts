import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Config, Rate } from '../config.ts'
import type { House } from '../platform/context.ts'
import { SharedLimiter } from '../platform/credits.ts'
import { Problem } from '../platform/errors.ts'
import { type Allowance, type Limiter, RateLimiter } from '../platform/limits.ts'
import { demand, type Permission } from '../platform/permissions.ts'
import { Callers } from './callers.ts'
import type { Caller } from './queries.ts'
import { Usage } from './usage.ts'

const burst = 100
const failuresPerAddress = { rate: { amount: 30, seconds: 60 }, burst: 20 }

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

  const enter = ({ ctx, appId }: Caller, permission: Permission, request: FastifyRequest): void => {
    usage.note(ctx.organization.id, appId)
    demand(ctx, permission)
    request.ctx = ctx
  }

  const admit = (caller: Caller, permission: Permission, request: FastifyRequest, reply: FastifyReply) => {
    const allowance = apps?.take(caller.appId, caller.ctx.organization.id)
    if (allowance instanceof Promise) {
      return allowance.then(lent => {
        count(lent, rate as Rate, reply)
        enter(caller, permission, request)
      })
    }
    if (allowance) count(allowance, rate as Rate, reply)
    enter(caller, permission, request)
    return undefined
  }

  return {
    protect: (http, schemes) => {
      const callers = new Callers(house, schemes)
      // Who is known goes on at once: a promise per request costs as much as the rest of this.
      http.addHook('onRequest', (request, reply, done) => {
        const { permission } = request.routeOptions.config
        if (!permission) return done()
        const known = callers.known(request.headers.authorization)
        const admitted = known
          ? attempt(() => admit(known, permission, request, reply))
          : identify(request, callers, failures).then(caller => admit(caller, permission, request, reply))
        if (admitted instanceof Promise) admitted.then(() => done(), done)
        else done(admitted)
      })
    },
    writeUsage: () => usage.write(),
    stop: () => usage.stop()
  }
}

async function identify({ ip, headers }: FastifyRequest, callers: Callers, failures: Limiter | undefined): Promise<Caller> {
  const address = ip.slice(0, 64)
  // Who shares an address with somebody who guesses is asked for again; what was never right waits, and costs no query.
  if (!callers.isFamiliar(headers.authorization)) refuseGuesses(failures?.peek(address))
  try {
    return await callers.identify(headers.authorization)
  } catch (error) {
    if (error instanceof Problem && error.kind === 'unauthorized') refuseGuesses(await failures?.take(address))
    throw error
  }
}

/** Tells an app what is left of its rate, and refuses it when there is nothing. */
function count(allowance: Allowance, { amount, seconds }: Rate, reply: FastifyReply): void {
  const { remaining, resetSeconds } = allowance
  reply.header('ratelimit-policy', `"app";q=${amount};w=${seconds}`)
  reply.header('ratelimit', `"app";r=${remaining};t=${resetSeconds}`)
  if (!allowance.allowed) throw tooMany(`This app may make ${amount} requests in ${seconds} seconds`, allowance)
}

function refuseGuesses(allowance: Allowance | undefined): void {
  if (allowance && !allowance.allowed) throw tooMany('Too many failed sign-ins from this address', allowance)
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
