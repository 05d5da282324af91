import { createServer, type IncomingMessage } from 'node:http'

/** A baseline's three jobs on its database. */
export interface Jobs {
  details(number: string): object | undefined | Promise<object | undefined>
  /** The newest 26 tickets. */
  list(): object[] | Promise<object[]>
  create(form: Record<string, string>): object | undefined | Promise<object | undefined>
}

async function formOf(request: IncomingMessage): Promise<Record<string, string>> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const boundary = /boundary=(.*)/.exec(request.headers['content-type'] ?? '')?.[1]
  const parts = Buffer.concat(chunks).toString().split(`--${boundary}`).slice(1, -1)
  return Object.fromEntries(parts.map(part => [/name="([^"]*)"/.exec(part)?.[1], part.slice(part.indexOf('\r\n\r\n') + 4, -2)]))
}

async function answer(jobs: Jobs, request: IncomingMessage): Promise<object | undefined> {
  const path = request.url?.split('?')[0] ?? ''
  if (path === '/api/v1/ticket/create') return { data: await jobs.create(await formOf(request)), message: 'success' }
  if (path === '/api/v1/ticket/list') {
    const found = await jobs.list()
    return { data: found.slice(0, 25), message: 'success', meta: { page: 1, limit: 25, has_more: found.length > 25 } }
  }
  const ticket = await jobs.details(path.slice('/api/v1/ticket/details/'.length))
  return ticket && { data: ticket, message: 'success' }
}

/** Serves them as a plain server of node:http does. */
export function serve(port: string, jobs: Jobs): void {
  createServer(async (request, response) => {
    const body = await answer(jobs, request)
    response.statusCode = body ? 200 : 404
    response.setHeader('Content-Type', 'application/json; charset=utf-8').end(JSON.stringify(body ?? {}))
  }).listen(Number(port), '127.0.0.1')
}
