const name = 'http_request_duration_seconds'
const bounds = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10]

interface Series {
  labels: string
  /** How many took at most each bound, and beyond the last. */
  counts: number[]
  sum: number
}

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
      series = {
        labels: `method="${method}",route="${route}",status="${status}"`,
        counts: new Array(bounds.length + 1).fill(0),
        sum: 0
      }
      statuses.set(status, series)
    }
    return series
  }

  /** In Prometheus' text format. */
  text(): string {
    const all = [...this.#routes.values()].flatMap(statuses => [...statuses.values()])
    return `# HELP ${name} Time to answer, by route and status\n# TYPE ${name} histogram\n${all.map(linesOf).join('')}`
  }
}

function linesOf({ labels, counts, sum }: Series): string {
  let total = 0
  const buckets = counts.map((count, place) => {
    total += count
    return `${name}_bucket{le="${bounds[place] ?? '+Inf'}",${labels}} ${total}\n`
  })
  return `${buckets.join('')}${name}_sum{${labels}} ${sum}\n${name}_count{${labels}} ${total}\n`
}
