import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

// A network that fails as told, between the product and its database.

export interface TestProxy {
  port: number
  /** The same address, reached through it. */
  through(url: string): string
  /** Milliseconds by which every piece is late, in both directions. */
  delayMs: number
  /** Nothing arrives, and nobody is told; what was on its way arrives when it ends. */
  isSilent: boolean
  /** New connections are refused. */
  isClosed: boolean
  /** Sees each piece on its way to the server: whether the connection is cut before it arrives, or when the server has answered it. */
  decide: (piece: Buffer) => 'pass' | 'cut before' | 'cut after'
  /** Cuts all connections. */
  cut(): void
  stop(): Promise<void>
}

interface Link {
  client: Socket
  server: Socket
  /** Cut it instead of bringing the next answer. */
  isDoomed: boolean
}

/** Starts a proxy on a free port of this machine in front of the server of `url`. */
export async function startProxy(url: string): Promise<TestProxy> {
  const target = new URL(url)
  const links = new Set<Link>()
  const listener = createServer({ noDelay: true }, client => {
    if (proxy.isClosed) return void client.resetAndDestroy()
    const link = { client, server: connect({ host: target.hostname, port: Number(target.port), noDelay: true }), isDoomed: false }
    links.add(link)
    relay(proxy, link).finally(() => links.delete(link))
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  const proxy: TestProxy = {
    port,
    through: direct => {
      const address = new URL(direct)
      address.host = `127.0.0.1:${port}`
      return address.href
    },
    delayMs: 0,
    isSilent: false,
    isClosed: false,
    decide: () => 'pass',
    cut: () => links.forEach(cut),
    stop: async () => {
      listener.close()
      links.forEach(cut)
      await once(listener, 'close')
    }
  }
  return proxy
}

function cut({ client, server }: Link): void {
  client.resetAndDestroy()
  server.resetAndDestroy()
}

/** Resolves when the connection has ended. */
async function relay(proxy: TestProxy, link: Link): Promise<void> {
  const { client, server } = link
  const carry = async (from: Socket, to: Socket): Promise<void> => {
    for await (const piece of from) {
      if (proxy.delayMs > 0) await wait(proxy.delayMs)
      while (proxy.isSilent && !from.destroyed) await wait(20)
      const fate = link.isDoomed ? 'cut before' : from === client ? proxy.decide(piece) : 'pass'
      if (fate === 'cut before') return cut(link)
      link.isDoomed = fate === 'cut after'
      if (!to.write(piece)) await once(to, 'drain')
    }
    to.end()
  }
  const broken = (): void => cut(link)
  await Promise.all([carry(client, server).catch(broken), carry(server, client).catch(broken)])
}
