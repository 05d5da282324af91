import type { Metered } from './servers.ts'

// Loaded into a measured process where the system does not show its CPU time and memory from outside.

const megabyte = 1024 * 1024

process.on('message', () => {
  const { user, system } = process.cpuUsage()
  const { rss, heapTotal, external } = process.memoryUsage()
  const answer: Metered = { cpu: (user + system) / 1000, memory: { all: rss / megabyte, own: (heapTotal + external) / megabyte } }
  process.send?.(answer)
})
process.channel?.unref()
