import type { Wire } from './load.ts'

// The requests that are measured, as they go over the wire.

const boundary = 'liveforceBenchBoundary7d1f'

/** A GET of `path`, such as `/api/v1/ticket/list?limit=25`. */
export const get = (path: string, authorization: string): Wire =>
  Buffer.from(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: ${authorization}\r\n\r\n`)

/** A file to send along: its content type is left to the server. */
export interface Part {
  filename: string
  content: Buffer
}

/** A POST of a form as multipart/form-data; `files` go under the field `attachments[]`. */
export function post(path: string, authorization: string, fields: Record<string, string>, files: Part[] = []): Wire {
  const texts = Object.entries(fields).map(([name, value]) => Buffer.from(head(`name="${name}"`, '') + value))
  const parts = files.map(({ filename, content }) =>
    Buffer.concat([
      Buffer.from(head(`name="attachments[]"; filename="${filename}"`, 'Content-Type: application/octet-stream\r\n')),
      content
    ])
  )
  const body = Buffer.concat([...texts, ...parts, Buffer.from(`\r\n--${boundary}--\r\n`)]).subarray(2)
  const type = `multipart/form-data; boundary=${boundary}`
  const start = `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: ${authorization}\r\n`
  return Buffer.concat([Buffer.from(`${start}Content-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n`), body])
}

const head = (disposition: string, more: string): string =>
  `\r\n--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n${more}\r\n`
