import type { Call } from './trace.ts'

export interface Proof {
  what: string
  sent: number
  /** How many of them were answered with 200. */
  answered: number
  /** How many replies came after the sync of what they acknowledge. */
  synced: number
  failures: string[]
}

/** For each request: its row went into the write-ahead log after it arrived, and the log was synced before the reply. */
export function findWrites(trace: Call[], what: string, tokens: string[]): Proof {
  return prove(what, tokens, token => {
    const request = requestOf(trace, token)
    const reply = request && replyTo(trace, request)
    if (!request || !reply) return undefined
    return rowSynced(trace, request, reply, token) ? '' : `${token}: no sync of the log between its row and its reply`
  })
}

/** For each request with a file: file synced, put in its place, folder synced; then the row as above. */
export function findUploads(trace: Call[], what: string, tokens: string[]): Proof {
  return prove(what, tokens, token => {
    const request = requestOf(trace, token)
    const reply = request && replyTo(trace, request)
    if (!request || !reply) return undefined
    const between = trace.filter(call => call.begin >= request.begin && call.end <= reply.begin && call.result >= 0)
    const written = between.find(call => call.name.startsWith('write') && call.target.includes('/incoming/'))
    const synced = written && syncOf(between, written.target, written.end)
    const moved =
      synced &&
      between.find(call => call.name.startsWith('rename') && call.begin > synced.end && call.text.includes(synced.target))
    const place = moved && /, "([^"]+)"[^"]*$/.exec(moved.text)?.[1]
    const folder = place?.slice(0, place.lastIndexOf('/')) ?? ''
    const settled = moved && [folder, folder.slice(0, folder.lastIndexOf('/'))].map(path => syncOf(between, path, moved.end))
    if (!written) return `${token}: its file was never written`
    if (!synced) return `${token}: its file was not synced`
    if (!moved) return `${token}: its file was not put in its place after the sync`
    if (!settled?.every(sync => sync)) return `${token}: its folder or the one above was not synced after the file came into it`
    return rowSynced(trace, moved, reply, token) ? '' : `${token}: no row after its file, or no sync of the log before the reply`
  })
}

function prove(what: string, tokens: string[], judge: (token: string) => string | undefined): Proof {
  const verdicts = tokens.map(judge)
  const failures = verdicts.filter(verdict => verdict !== undefined && verdict !== '') as string[]
  return {
    what,
    sent: tokens.length,
    answered: verdicts.filter(verdict => verdict !== undefined).length,
    synced: verdicts.filter(verdict => verdict === '').length,
    failures
  }
}

const syncOf = (calls: Call[], target: string, after: number): Call | undefined =>
  calls.find(call => isSync(call) && call.target === target && call.begin > after)
const isSync = ({ name, result }: Call): boolean => (name === 'fsync' || name === 'fdatasync') && result === 0
const isLog = ({ target }: Call): boolean => target.endsWith('-wal')

const requestOf = (trace: Call[], token: string): Call | undefined =>
  trace.find(({ name, target, text }) => name === 'read' && target.startsWith('TCP') && text.includes(token))

const replyTo = (trace: Call[], request: Call): Call | undefined =>
  trace.find(
    ({ name, target, text, begin }) =>
      begin > request.end && name.startsWith('write') && target === request.target && text.includes('HTTP/1.1 200')
  )

function rowSynced(trace: Call[], after: Call, before: Call, token: string): boolean {
  const row = trace.find(
    call => call.name.startsWith('pwrite') && isLog(call) && call.begin > after.end && call.text.includes(token)
  )
  return row !== undefined && trace.some(call => isSync(call) && isLog(call) && call.begin > row.end && call.end < before.begin)
}
