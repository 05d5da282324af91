// What keeps a server from being used, and what an operator can do about it.

/** The server in a URL, without user, password and parameters. */
export function placeOf(url: string): string {
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname}`
}

/** Tried on the error's code and message, in this order. */
const mends: [pattern: RegExp, mend: string][] = [
  [/unsupported startup parameter/, 'a pooler stands in between: add pgbouncer=true to the parameters'],
  [/^(28P01 |\S* ?SASL)/, 'check user and password; special characters in them are written as %XX'],
  [/^28000 .*no encryption/, 'the server wants TLS: add sslmode=verify-full, or sslmode=require'],
  [/^28/, 'have pg_hba.conf of the server let this user in'],
  [/^3D000 /, "create it with: create database … encoding 'UTF8' template template0"],
  [/^42501 /, 'make this user the owner of the database'],
  [/^25006 /, 'name the primary server, and a user who may write'],
  [/^53300 /, 'lower DATABASE_CONNECTIONS, or raise max_connections of the server'],
  [/^57P0[1-3] /, 'the server is starting or stopping: try again'],
  [/does not support SSL/, 'switch TLS on there, or leave sslmode out where the network is trusted'],
  [/altnames/, 'write the host as its certificate names it'],
  [/certificate|^(ERR_SSL|ERR_OSSL|EPROTO)/i, 'name the file of the authority that signed it by sslrootcert=…'],
  [
    /^(E\w+ connect |ECONN|ENOTFOUND|EAI_|EHOST|ENET|ETIMEDOUT|EPIPE|08)|Connection terminated|timeout/,
    'check host and port, and that PostgreSQL runs and listens there'
  ]
]

/**
 * For an error of the server at `url`, or of the way to it, what is wrong and what mends it, as the rest of a sentence about the
 * server; undefined for other errors. Holds no secret.
 */
export function refusalOf(error: unknown, url: string): string | undefined {
  if (!(error instanceof Error)) return undefined
  const { code = '', path } = error as { code?: string; path?: string }
  const named = new URL(url).searchParams
  if (path && ['sslrootcert', 'sslcert', 'sslkey'].some(name => named.get(name) === path))
    return `names a file that cannot be read: ${path}`
  const mend = mends.find(([pattern]) => pattern.test(`${code} ${error.message}`))?.[1]
  return mend && `cannot be used: ${error.message || code}; ${mend}`
}
