import { connect, type Socket } from 'node:net'

/** A request as it goes over the wire. */
export type Wire = Buffer

export interface Load {
  port: number
  connections: number
  /** How many to send in all. */
  requests: number
  /** The request to send next. */
  next: () => Wire
  /** In all, over all connections; without it each connection sends as soon as it has its answer. */
  perSecond?: number
  /** Sees each answer's body, for checking. */
  seen?: (body: string) => void
}

export interface Loaded {
  requests: number
  seconds: number
  /** Milliseconds from the moment a request was due to its whole answer, ascending. */
  latencies: Float64Array
}

/** The value below which `share` of the ascending values lie. */
export const percentile = (ascending: ArrayLike<number>, share: number): number =>
  ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))] ?? Number.NaN

/** Sends requests over kept connections and times the answers. Rejects at the first answer that is not 200. */
export async function load(options: Load): Promise<Loaded> {
  const { connections, requests, perSecond } = options
  const latencies = new Float64Array(requests)
  let sent = 0
  let answered = 0
  const begin = performance.now()
  const pause = perSecond === undefined ? 0 : (1000 / perSecond) * connections
  const shared = {
    take: () => (sent < requests ? sent++ : -1),
    done: (milliseconds: number) => {
      latencies[answered++] = milliseconds
    }
  }
  await Promise.all(
    Array.from({ length: connections }, (_, index) =>
      run(options, shared, { from: begin + (pause * index) / connections, pause })
    )
  )
  return { requests: answered, seconds: (performance.now() - begin) / 1000, latencies: latencies.subarray(0, answered).sort() }
}

interface Shared {
  /** The number of the next request, or -1 when there is none. */
  take: () => number
  done: (milliseconds: number) => void
}

interface Pace {
  from: number
  /** Milliseconds from one request to the next; 0 sends at once. */
  pause: number
}

async function run({ port, next, seen }: Load, { take, done }: Shared, { from, pause }: Pace): Promise<void> {
  const connection = await open(port)
  let due = from
  try {
    while (take() >= 0) {
      const now = performance.now()
      if (pause > 0 && due > now) await new Promise(resolve => setTimeout(resolve, due - now))
      // Late because of the server: it counts from when it was due. Late because of our timer: it does not.
      const start = pause > 0 && due <= now ? due : performance.now()
      const body = await connection.send(next())
      done(performance.now() - start)
      seen?.(body)
      due += pause
    }
  } finally {
    connection.close()
  }
}

export interface Connection {
  /** Resolves with the body of the answer; rejects unless it is a 200. */
  send(request: Wire): Promise<string>
  close(): void
}

interface Waiting {
  resolve: (body: string) => void
  reject: (error: Error) => void
}

/** The server answered, but not with 200. */
export class Refusal extends Error {}

/** One kept connection that carries one request at a time: leaner than an HTTP client, so that the server gets the machine. */
export async function open(port: number): Promise<Connection> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  let waiting: Waiting | undefined
  const settle = (error: Error | undefined, body = ''): void => {
    const { resolve, reject } = waiting ?? {}
    waiting = undefined
    if (error) reject?.(error)
    else resolve?.(body)
  }
  socket.on('error', error => settle(error))
  socket.on('close', () => settle(new Error('The server closed the connection')))
  readAnswers(socket, settle)
  return {
    send: request =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject }
        if (socket.destroyed) settle(new Error('The server closed the connection'))
        else socket.write(request)
      }),
    close: () => void socket.destroy()
  }
}

function readAnswers(socket: Socket, settle: (error: Error | undefined, body?: string) => void): void {
  let chunks: Buffer[] = []
  let received = 0
  let wanted = 0
  let bodyAt = 0
  socket.on('data', chunk => {
    chunks.push(chunk as Buffer)
    received += chunk.length
    if (received < wanted) return
    const all = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)
    chunks = [all]
    if (wanted === 0) {
      bodyAt = all.indexOf('\r\n\r\n') + 4
      if (bodyAt === 3) return
      const length = /\r\ncontent-length: (\d+)/i.exec(all.toString('latin1', 0, bodyAt))?.[1]
      if (length === undefined) return settle(new Error(`An answer without a length: ${all.toString('latin1', 0, bodyAt)}`))
      wanted = bodyAt + Number(length)
      if (received < wanted) return
    }
    chunks = []
    received = wanted = 0
    if (all.toString('latin1', 9, 12) === '200') settle(undefined, all.toString('utf8', bodyAt))
    else settle(new Refusal(all.toString()))
  })
}
