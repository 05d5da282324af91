import { readFileSync, writeFileSync } from 'node:fs'
import { arch, cpus, platform, totalmem } from 'node:os'

/** One promise of the project, as it was measured. */
export interface Goal {
  promise: string
  measured: string
  met: boolean
}

export const say = (text: string): void => void process.stdout.write(`${text}\n`)

/** Progress, away from the report. */
export const note = (text: string): void => console.error(text)

/** A Markdown table. */
export const table = (head: string[], rows: string[][]): string =>
  [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n')

/** At most three digits that matter, thousands apart. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '–'
  const decimals = value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3
  return value.toLocaleString('en', { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
}

export const goalTable = (goals: Goal[]): string =>
  table(
    ['goal', 'measured', ''],
    goals.map(({ promise, measured, met }) => [promise, measured, met ? 'met' : '**missed**'])
  )

/** Where and when it was measured. */
export function machine(): string {
  const [cpu] = cpus()
  const memory = Math.round(totalmem() / 1024 ** 3)
  const day = new Date().toISOString().slice(0, 10)
  return `${day}, ${cpus().length} × ${cpu?.model.trim() ?? arch()}, ${memory} GB, ${platform()}, Node ${process.versions.node}`
}

const begin = '<!-- bench: begin -->'
const end = '<!-- bench: end -->'

/** Puts the report between the markers of a page. */
export function writeInto(path: string, report: string): void {
  const page = readFileSync(path, 'utf8')
  const [from, to] = [page.indexOf(begin), page.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`${path} has no "${begin}" followed by "${end}"`)
  writeFileSync(path, `${page.slice(0, from + begin.length)}\n\n${report}\n\n${page.slice(to)}`)
}
