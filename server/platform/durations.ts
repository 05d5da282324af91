const name = 'http_request_duration_seconds'
const bounds = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10]

/** The answers of one route and status. */
export interface Series {
  labels: string
  /** How many took at most each bound, and beyond the last. */
  counts: number[]
  sum: number
}

const emptySeries = (labels: string): Series => ({ labels, counts: new Array(bounds.length + 1).fill(0), sum: 0 })

/** The Prometheus histogram of answers by route and status. The library's own hashes its labels anew at each request. */
export class Durations {
  readonly #routes = new Map<string, Map<number, Series>>()

  observe(method: string, route: string, status: number, seconds: number): void {
    const series = this.#series(method, route, status)
    let place = 0
    while (place < bounds.length && seconds > bounds[place]!) place++
    series.counts[place]!++
    series.sum += seconds
  }

  #series(method: string, route: string, status: number): Series {
    const key = `${method} ${route}`
    const statuses = this.#routes.get(key) ?? new Map<number, Series>()
    if (statuses.size === 0) this.#routes.set(key, statuses)
    let series = statuses.get(status)
    if (!series) {
      series = emptySeries(`method="${method}",route="${route}",status="${status}"`)
      statuses.set(status, series)
    }
    return series
  }

  all(): Series[] {
    return [...this.#routes.values()].flatMap(statuses => [...statuses.values()])
  }
}

/** The same series of several processes as one. */
export function sumSeries(all: Series[]): Series[] {
  const sums = new Map<string, Series>()
  for (const { labels, counts, sum } of all) {
    const total = sums.get(labels) ?? emptySeries(labels)
    sums.set(labels, {
      labels,
      counts: total.counts.map((count, place) => count + counts[place]!),
      sum: total.sum + sum
    })
  }
  return [...sums.values()]
}

/** In Prometheus' text format. */
export const durationsText = (all: Series[]): string =>
  `# HELP ${name} Time to answer, by route and status\n# TYPE ${name} histogram\n${all.map(linesOf).join('')}`

function linesOf({ labels, counts, sum }: Series): string {
  let total = 0
  const buckets = counts.map((count, place) => {
    total += count
    return `${name}_bucket{le="${bounds[place] ?? '+Inf'}",${labels}} ${total}\n`
  })
  return `${buckets.join('')}${name}_sum{${labels}} ${sum}\n${name}_count{${labels}} ${total}\n`
}
