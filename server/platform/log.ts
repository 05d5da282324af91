import type { FastifyBaseLogger } from 'fastify'
import { pino } from 'pino'
import type { Config } from '../config.ts'

/**
 * Structured logs on standard output, buffered: JSON lines with a request id, never a credential, a query string or a body.
 * `info` tells refusals and slow requests, `debug` every request.
 */
export function createLogger({ logLevel }: Config): FastifyBaseLogger {
  // Workers share a pipe: what is written to it at once, up to 4096 bytes, is not mixed with another's lines.
  const destination = pino.destination({ dest: 1, sync: false, minLength: 2048, maxWrite: 4096 })
  const flush = setInterval(() => destination.flush(), 500)
  flush.unref()
  process.once('exit', () => destination.flushSync())
  return pino(
    { level: logLevel, base: null, serializers: { err: pino.stdSerializers.err }, timestamp: pino.stdTimeFunctions.isoTime },
    destination
  )
}
