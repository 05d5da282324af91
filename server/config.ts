import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Database } from './db/open.ts'

/** A rate such as `600/min`: `amount` requests in `seconds`. */
export interface Rate {
  amount: number
  seconds: number
}

/** A bucket of an S3-speaking server: Amazon's when there is no endpoint. */
export interface BucketPlace {
  kind: 's3'
  /** As the environment says it, for messages. */
  url: string
  bucket: string
  /** What the names of all objects begin with; empty or with a final slash. */
  prefix: string
  region: string
  endpoint: string | undefined
}

/** Everything the environment decides, read once at start. Sizes are bytes, times are milliseconds. */
export interface Config {
  host: string
  port: number
  dataDir: string
  database: Database
  /** Where uploaded files lie. */
  files: { kind: 'disk'; root: string } | BucketPlace
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
    if (value === undefined) throw new ConfigError(`${name} is "${withoutSecrets(text)}", but must be ${wanted}`)
    return value
  }
  const host = read('HOST', '127.0.0.1', text => (/^[\w.:-]+$/.test(text) ? text : undefined), 'a host name or an IP address')
  const port = read('PORT', '3000', text => whole(text, 0, 65535), 'a port from 0 to 65535')
  const shownHost = /^(0\.0\.0\.0|::)$/.test(host) ? 'localhost' : host.includes(':') ? `[${host}]` : host
  const dataDir = resolve(env.DATA_DIR?.trim() || 'data')
  const connections = read('DATABASE_CONNECTIONS', '10', text => whole(text, 1, 500), 'a number of connections from 1 to 500')
  return {
    host,
    port,
    dataDir,
    database: read(
      'DATABASE_URL',
      `sqlite:${dataDir}/liveforce.db`,
      text => databaseOf(text, connections),
      'sqlite:///path/to/file or postgres://user:password@host/database, with %XX for special characters of the password, and as ' +
        'sslmode disable, require, verify-ca or verify-full'
    ),
    files: read(
      'FILES_URL',
      pathToFileURL(resolve(dataDir, 'files')).href,
      text => filesPlace(text, env.AWS_REGION),
      'file:///path/to/folder, or s3://bucket/prefix?region=eu-central-1, with &endpoint=https://… where it is not Amazon’s'
    ),
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

/** A password may hold what ends it in a URL: all that may belong to one is left out. */
const withoutSecrets = (text: string): string =>
  text.replace(/\/\/.*@/, '//…@').replace(/([?&](?:password|sslpassword)=)[^&]*/gi, '$1…')

function whole(text: string, least: number, most: number): number | undefined {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : -1
  return value >= least && value <= most ? value : undefined
}

function webAddress(text: string): string | undefined {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username) return undefined
  return url.href.replace(/\/+$/, '')
}

/** Those of libpq that do not quietly go without. */
const tlsModes = ['disable', 'require', 'verify-ca', 'verify-full']

function databaseOf(text: string, connections: number): Database | undefined {
  const path = /^(?:sqlite|file):(?:\/\/)?(.+)$/.exec(text)?.[1]
  if (path !== undefined) return { kind: 'sqlite', path: resolve(path) }
  const url = URL.parse(text)
  if (!url || !/^postgres(ql)?:$/.test(url.protocol) || (url.host === '' && !url.searchParams.has('host'))) return undefined
  const mode = url.searchParams.get('sslmode') ?? 'disable'
  // A slash or an @ in the path, or a lone %, is one of a password that was not written for a URL.
  const isWritten = /^\/[^/@]+$/.test(url.pathname) && isDecodable(text)
  return isWritten && tlsModes.includes(mode) ? { kind: 'postgres', url: text, connections } : undefined
}

function isDecodable(text: string): boolean {
  try {
    return decodeURIComponent(text) !== ''
  } catch {
    return false
  }
}

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/
const PREFIX = /^(?:[\w-][\w.-]*\/)*$/

function filesPlace(text: string, usualRegion: string | undefined): Config['files'] | undefined {
  // An escaped slash is part of no file's name.
  if (/^file:\/\/\/(?!.*%(?:2f|5c|00))/i.test(text)) return { kind: 'disk', root: fileURLToPath(text) }
  const url = URL.parse(text)
  if (url?.protocol !== 's3:' || url.username || url.port || url.hash) return undefined
  const { region, endpoint, ...unknown } = Object.fromEntries(url.searchParams)
  const folder = url.pathname.slice(1).replace(/\/$/, '')
  const prefix = folder && `${folder}/`
  if (!BUCKET.test(url.hostname) || !PREFIX.test(prefix) || Object.keys(unknown).length > 0) return undefined
  if (endpoint !== undefined && !webAddress(endpoint)) return undefined
  const named = region || usualRegion || (endpoint && 'us-east-1')
  return named ? { kind: 's3', url: text, bucket: url.hostname, prefix, region: named, endpoint } : undefined
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
