interface Progress {
  /** `done` of the total are written. */
  report(done: number): void
  stop(): void
}

/** Shows on standard error how many of so many records are written: a bar on a terminal, else a line for every tenth. */
export async function openProgress(total: number): Promise<Progress> {
  if (process.stderr.isTTY) return barOf(total)
  let tenths = 0
  return {
    report: done => {
      if (Math.floor((done * 10) / total) === tenths) return
      tenths = Math.floor((done * 10) / total)
      console.error(`${done} of ${total} records`)
    },
    stop: () => {}
  }
}

async function barOf(total: number): Promise<Progress> {
  const { default: cliProgress } = await import('cli-progress')
  const format = '{bar} {percentage} % | {value} of {total} records | {eta_formatted} to go'
  const bar = new cliProgress.SingleBar({ format, stream: process.stderr }, cliProgress.Presets.shades_classic)
  bar.start(total, 0)
  return { report: done => bar.update(done), stop: () => bar.stop() }
}
