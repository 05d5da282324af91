import type { Steps } from '../backup/steps.ts'

interface Progress {
  /** `done` of the total are written. */
  report(done: number): void
  stop(): void
}

/** Shows on standard error how many of so many are done: a bar on a terminal, else a line for every tenth. */
export async function openProgress(total: number, unit = 'records'): Promise<Progress> {
  if (process.stderr.isTTY) return barOf(total, unit)
  let tenths = 0
  return {
    report: done => {
      if (Math.floor((done * 10) / total) === tenths) return
      tenths = Math.floor((done * 10) / total)
      console.error(`${done} of ${total} ${unit}`)
    },
    stop: () => {}
  }
}

async function barOf(total: number, unit: string): Promise<Progress> {
  const { default: cliProgress } = await import('cli-progress')
  const format = `{bar} {percentage} % | {value} of {total} ${unit} | {eta_formatted} to go`
  const bar = new cliProgress.SingleBar({ format, stream: process.stderr }, cliProgress.Presets.shades_classic)
  bar.start(total, 0)
  return { report: done => bar.update(done), stop: () => bar.stop() }
}

/** The same for work that knows its total once it has begun. */
export async function withProgress<T>(unit: string, work: (steps: Steps) => Promise<T>): Promise<T> {
  let progress: Progress | undefined
  let done = 0
  const steps: Steps = {
    begin: async total => {
      progress = await openProgress(total, unit)
    },
    add: count => {
      done += count
      progress?.report(done)
    }
  }
  return work(steps).finally(() => progress?.stop())
}
