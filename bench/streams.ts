import { get as request } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import type { Database } from './database.ts'
import { load, percentile } from './load.ts'
import { figure, type Goal, table } from './report.ts'
import { get } from './requests.ts'
import type { Seeded } from './seed.ts'
import type { Server } from './servers.ts'
import { randomFrom } from './words.ts'

// What runs over all leads: the CSV report as a stream, and the report beside which others go on being served.

export const streamParts = ['csv', 'report'] as const

const everything = 'start_date=2018-01-01&end_date=2026-12-31'
const leastRowsPerSecond = 50_000
const mostGrowth = 2
const longReport = 10
const mostP99 = 50

interface Section {
  lines: string[][]
  goals: Goal[]
}

/** Measures the reports over every lead. */
export async function streams(database: Database, seeded: Seeded, parts: string[]): Promise<{ table: string; goals: Goal[] }> {
  const server = await database.startProduct(seeded)
  try {
    const csv = parts.includes('csv') ? await measureCsv(server, seeded) : undefined
    const report = parts.includes('report') ? await measureReport(server, seeded) : undefined
    const sections = [csv, report].filter(section => section !== undefined)
    return {
      table: table(
        [`over ${seeded.rows.toLocaleString('en')} leads`, ''],
        sections.flatMap(({ lines }) => lines)
      ),
      goals: sections.flatMap(({ goals }) => goals)
    }
  } finally {
    await server.stop()
  }
}

async function measureCsv(server: Server, seeded: Seeded): Promise<Section> {
  const before = (await server.memory()).own
  // The first run fills caches; memory must not grow from the first tenth of the second one to its end.
  await streamCsv(server, seeded)
  const { rows, bytes, seconds, early, most } = await streamCsv(server, seeded)
  const rate = rows / seconds
  const promise = (text: string) => `CSV report of ${seeded.rows.toLocaleString('en')} leads: ${text}`
  return {
    lines: [
      ['CSV: rows', rows.toLocaleString('en')],
      ['CSV: rows/s', figure(rate)],
      ['CSV: MB/s', figure(bytes / seconds / 1e6)],
      ['CSV: own memory before, in the first tenth, at most (MB)', [before, early, most].map(figure).join(' · ')]
    ],
    goals: [
      {
        promise: promise(`≥ ${leastRowsPerSecond.toLocaleString('en')} rows/s`),
        measured: `${figure(rate)} rows/s`,
        met: rate >= leastRowsPerSecond && rows === seeded.rows
      },
      { promise: promise('constant memory'), measured: `${figure(early)} → ${figure(most)} MB`, met: most < early + 32 }
    ]
  }
}

async function streamCsv(server: Server, { authorization, rows }: Seeded) {
  const began = performance.now()
  let [lines, bytes, early, most] = [0, 0, 0, 0]
  let ended = false
  const watching = (async () => {
    for (; !ended; await wait(100)) {
      const { own } = await server.memory()
      if (lines < rows / 10) early = Math.max(early, own)
      most = Math.max(most, own)
    }
  })()
  await new Promise<void>((resolve, reject) => {
    const url = `http://127.0.0.1:${server.port}/api/v1/leads/report/csv?${everything}`
    request(url, { headers: { authorization } }, answer => {
      if (answer.statusCode !== 200) reject(new Error(`The CSV report answered ${answer.statusCode}`))
      answer.on('data', (piece: Buffer) => {
        bytes += piece.length
        for (let at = piece.indexOf(10); at >= 0; at = piece.indexOf(10, at + 1)) lines += 1
      })
      answer.on('end', resolve).on('error', reject)
    }).on('error', reject)
  })
  ended = true
  await watching
  return { rows: lines - 1, bytes, seconds: (performance.now() - began) / 1000, early, most }
}

async function measureReport(server: Server, seeded: Seeded): Promise<Section> {
  const report = get(`/api/v1/leads/report?${everything}`, seeded.authorization)
  const alone = await load({ port: server.port, connections: 1, requests: 1, next: () => report })
  await details(server, seeded)
  const idle = await details(server, seeded)
  let running = true
  let [reports, seconds] = [0, 0]
  const reporting = (async () => {
    while (running) {
      seconds += (await load({ port: server.port, connections: 1, requests: 1, next: () => report })).seconds
      reports += 1
    }
  })()
  const busy = await details(server, seeded)
  running = false
  await reporting
  const during = `\`GET /ticket/details\` while reports over ${seeded.rows.toLocaleString('en')} leads run`
  return {
    lines: [
      ['report, alone: seconds', figure(alone.seconds)],
      ['reports one after another while details were asked for, and how long they took', `${reports} · ${figure(seconds)} s`],
      ['`GET /ticket/details` at 100/s: p99 ms without and with reports', `${figure(idle)} · ${figure(busy)}`]
    ],
    goals: [
      {
        promise: `${during}: p99 < ${mostGrowth} × without`,
        measured: `${figure(busy / idle)} ×`,
        met: busy < idle * mostGrowth
      },
      {
        promise: `${during} for ${longReport} s: p99 < ${mostP99} ms`,
        measured: `${figure(busy)} ms in ${figure(seconds)} s`,
        met: busy < mostP99 && seconds >= longReport
      }
    ]
  }
}

/** The p99 of ticket details at 100 requests a second, in milliseconds. */
async function details({ port }: Server, { authorization, rows }: Seeded): Promise<number> {
  const random = randomFrom(5)
  const next = () => get(`/api/v1/ticket/details/${1 + Math.floor(random() * rows)}`, authorization)
  const { latencies } = await load({ port, connections: 4, requests: 1500, perSecond: 100, next })
  return percentile(latencies, 0.99)
}
