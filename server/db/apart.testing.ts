import type { Folding } from './apart.ts'

// What the tests let a worker do: tell that it runs, and run until it is stopped.

/** Raises the flag and wakes who waits for it, then counts the rows, of which there may be no end. */
export function countRunning({ flag }: { flag: Int32Array }): Folding<unknown, number> {
  Atomics.store(flag, 0, 1)
  Atomics.notify(flag, 0)
  let count = 0
  return {
    add: () => {
      count += 1
    },
    result: () => count
  }
}
