/** How long requests under way may take once the process is told to stop. */
const graceMs = 30_000

/** At the first SIGTERM or SIGINT runs `close`, then ends the process: with 0, or with 1 when it failed or took longer than allowed. */
export function stopOnSignals(close: () => Promise<void>): void {
  let stopping = false
  const stop = (): void => {
    if (stopping) return
    stopping = true
    setTimeout(() => process.exit(1), graceMs).unref()
    close().then(
      () => process.exit(0),
      error => {
        console.error(error instanceof Error ? error.message : error)
        process.exit(1)
      }
    )
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}
