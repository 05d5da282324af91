import { resolve } from 'node:path'

/** A rate such as `600/min`: `amount` requests in `seconds`. */
export interface Rate {
  amount: number
  seconds: number
}

/** Everything the environment decides, read once at start. Sizes are bytes, times are milliseconds. */
export interface Config {
  host: string
  port: number
  dataDir: string
  databaseUrl: string | undefined
  /** What links begin with, without a final slash; the Host header is never used for it. */
  baseUrl: string
  logLevel: LogLevel
  /** Requests per app; undefined switches limits off, for measuring. */
  rate: Rate | undefined
  /** Addresses of proxies whose X-Forwarded-For counts; false trusts none. */
  trustProxy: boolean | string | number
  maxUploadBytes: number
  /** How many processes serve. */
  workers: number
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
type LogLevel = (typeof logLevels)[number]

export const mostWorkers = 64

/** The environment holds a value that cannot be used; the message names the variable and the mend. */
export class ConfigError extends Error {}

const periods: Record<string, number> = { s: 1, sec: 1, second: 1, min: 60, minute: 60, h: 3600, hour: 3600 }

/**
 * Reads and checks the environment. A blank variable counts as absent.
 * Throws ConfigError naming the first variable that is wrong.
 */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const read = <T>(name: string, fallback: string, parse: (text: string) => T | undefined, wanted: string): T => {
    const text = env[name]?.trim() || fallback
    const value = parse(text)
    if (value === undefined) throw new ConfigError(`${name} is "${text.replace(/\/\/[^/@]*@/, '//…@')}", but must be ${wanted}`)
    return value
  }
  const host = read('HOST', '127.0.0.1', text => (/^[\w.:-]+$/.test(text) ? text : undefined), 'a host name or an IP address')
  const port = read('PORT', '3000', text => whole(text, 0, 65535), 'a port from 0 to 65535')
  const shownHost = /^(0\.0\.0\.0|::)$/.test(host) ? 'localhost' : host.includes(':') ? `[${host}]` : host
  return {
    host,
    port,
    dataDir: resolve(env.DATA_DIR?.trim() || 'data'),
    databaseUrl: env.DATABASE_URL?.trim() ? read('DATABASE_URL', '', sqliteUrl, 'sqlite:///path/to/file, or absent') : undefined,
    baseUrl: read(
      'BASE_URL',
      `http://${shownHost}:${port}`,
      webAddress,
      'an http or https address such as https://crm.example.com'
    ),
    logLevel: read('LOG_LEVEL', 'info', text => logLevels.find(level => level === text), `one of ${logLevels.join(', ')}`),
    rate: read('RATE_LIMIT', '600/min', parseRate, 'such as 600/min, 20/s or off')[0],
    trustProxy: read('TRUST_PROXY', 'off', proxies, 'off, a number of proxies, or their addresses separated by commas'),
    maxUploadBytes:
      read('MAX_UPLOAD_MB', '25', text => whole(text, 1, 10_240), 'a number of megabytes from 1 to 10240') * 1024 * 1024,
    workers: read('WORKERS', '1', text => whole(text, 1, mostWorkers), `a number of processes from 1 to ${mostWorkers}`)
  }
}

function whole(text: string, least: number, most: number): number | undefined {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : -1
  return value >= least && value <= most ? value : undefined
}

function webAddress(text: string): string | undefined {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username) return undefined
  return url.href.replace(/\/+$/, '')
}

function sqliteUrl(text: string): string | undefined {
  const path = /^(?:sqlite|file):(?:\/\/)?(.+)$/.exec(text)?.[1]
  return path === undefined ? undefined : resolve(path)
}

function parseRate(text: string): [Rate | undefined] | undefined {
  if (text === 'off') return [undefined]
  const [, amount, period] = /^(\d{1,6})\/([a-z]+)$/.exec(text) ?? []
  const seconds = periods[period ?? '']
  return seconds && Number(amount) > 0 ? [{ amount: Number(amount), seconds }] : undefined
}

function proxies(text: string): boolean | string | number | undefined {
  if (text === 'off') return false
  if (/^\d{1,2}$/.test(text)) return Number(text) || false
  return text.split(',').every(part => /^[0-9a-fA-F.:]+(\/\d{1,3})?$/.test(part.trim())) ? text : undefined
}
