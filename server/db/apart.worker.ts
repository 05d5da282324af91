import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import { openSqlite, type SqliteHandle } from './sqlite.ts'

// Runs in a reader worker: see apart.ts.

const connections = new Map<string, SqliteHandle>()

function connect(path: string): SqliteHandle {
  let connection = connections.get(path)
  if (!connection) {
    connection = openSqlite(path, { readonly: true })
    connections.set(path, connection)
  }
  return connection
}

interface Statement {
  path: string
  sql: string
  values: unknown[]
}

interface TextTask extends Statement {
  formatter: string
  format: string
  options: unknown
  port: MessagePort
}

export const rows = ({ path, sql, values }: Statement): Promise<unknown[]> => connect(path).all(sql, values)

const pieceLength = 64 * 1024

/** Sends one piece of text for each 'more', then null. */
export async function text({ path, sql, values, formatter, format, options, port }: TextTask): Promise<void> {
  const module = (await import(formatter)) as Record<string, (row: unknown[], options: unknown) => string>
  const write = module[format] as (row: unknown[], options: unknown) => string
  const more = demand(port)
  let piece = ''
  for (const row of connect(path).raw.prepare(sql).raw(true).iterate(values)) {
    piece += write(row as unknown[], options)
    if (piece.length < pieceLength) continue
    if (!(await more())) return
    port.postMessage(piece)
    piece = ''
  }
  if (piece !== '' && (await more())) port.postMessage(piece)
  if (await more()) port.postMessage(null)
}

/** Resolves with true for each 'more' that arrives, with false once the reader has stopped. */
function demand(port: MessagePort): () => Promise<boolean> {
  let stopped = false
  port.once('close', () => {
    stopped = true
  })
  return async () => {
    if (stopped) return false
    const waiting = receiveMessageOnPort(port)
    if (waiting) return waiting.message === 'more'
    return new Promise(resolve => {
      port.once('message', message => resolve(message === 'more'))
      port.once('close', () => resolve(false))
    })
  }
}
