import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Config } from '../config.ts'
import type { House } from '../platform/context.ts'
import { Problem } from '../platform/errors.ts'
import { type Allowance, RateLimiter } from '../platform/limits.ts'
import { demand, type Permission } from '../platform/permissions.ts'
import { type Caller, Callers } from './queries.ts'
import { Usage } from './usage.ts'

const burst = 100
const failuresPerAddress = { rate: { amount: 30, seconds: 60 }, burst: 20 }

export interface Guard {
  /** Lets only callers with the route's permission into a scope of the server. */
  protect(http: FastifyInstance, schemes: readonly ('basic' | 'bearer')[]): void
  writeUsage(): Promise<void>
  stop(): Promise<void>
}

/** One guard per process: credentials, permission and limits, before a body is read. */
export function createGuard(house: House, { rate }: Pick<Config, 'rate'>): Guard {
  const apps = rate && new RateLimiter(rate, burst)
  const failures = rate && new RateLimiter(failuresPerAddress.rate, failuresPerAddress.burst)
  const usage = new Usage(house.store)
  const policy = rate ? `"app";q=${rate.amount};w=${rate.seconds}` : ''

  const identify = async ({ ip, headers }: FastifyRequest, callers: Callers): Promise<Caller> => {
    // Who shares an address with somebody who guesses is asked for again; what was never right waits, and costs no query.
    if (!callers.isFamiliar(headers.authorization)) refuseGuesses(failures?.peek(ip))
    try {
      return await callers.identify(headers.authorization)
    } catch (error) {
      if (error instanceof Problem && error.kind === 'unauthorized') refuseGuesses(failures?.take(ip))
      throw error
    }
  }

  const admit = ({ ctx, appId }: Caller, permission: Permission, request: FastifyRequest, reply: FastifyReply): void => {
    if (apps) {
      const allowance = apps.take(appId)
      reply.header('ratelimit-policy', policy).header('ratelimit', `"app";r=${allowance.remaining};t=${allowance.resetSeconds}`)
      if (!allowance.allowed) throw tooMany(`This app may make ${rate?.amount} requests in ${rate?.seconds} seconds`, allowance)
    }
    usage.note(ctx.organization.id, appId)
    demand(ctx, permission)
    request.ctx = ctx
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
          : identify(request, callers).then(caller => admit(caller, permission, request, reply))
        if (admitted instanceof Promise) admitted.then(() => done(), done)
        else done(admitted)
      })
    },
    writeUsage: () => usage.write(),
    stop: () => usage.stop()
  }
}

function refuseGuesses(allowance: Allowance | undefined): void {
  if (allowance && !allowance.allowed) throw tooMany('Too many failed sign-ins from this address', allowance)
}

/** What `work` throws, if it does. */
function attempt(work: () => void): Error | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    return error as Error
  }
}

function tooMany(message: string, { retrySeconds }: Allowance): Problem {
  return new Problem('too_many_requests', `${message}; wait ${retrySeconds} s`, undefined, {
    'retry-after': String(retrySeconds)
  })
}
