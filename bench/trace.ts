/** One system call of a trace by `strace -f -yy`; `begin` and `end` are places in the trace. */
export interface Call {
  name: string
  /** The arguments as strace prints them. */
  text: string
  /** The file or connection of the first argument, as `-yy` names it. */
  target: string
  result: number
  begin: number
  end: number
}

/** Reads a trace; a call that another thread's line interrupts is put together again. */
export function readTrace(text: string): Call[] {
  const open = new Map<string, { begin: number; start: string }>()
  const calls: Call[] = []
  for (const [at, line] of text.split('\n').entries()) {
    const space = line.indexOf(' ')
    const thread = line.slice(0, space)
    const rest = line.slice(space).trimStart()
    if (rest.endsWith(' <unfinished ...>')) {
      open.set(thread, { begin: at, start: rest.slice(0, -' <unfinished ...>'.length) })
      continue
    }
    const resumed = /^<\.\.\. \w+ resumed>/.exec(rest)?.[0]
    const begun = resumed === undefined ? undefined : open.get(thread)
    if (resumed !== undefined && !begun) continue
    const call = readCall(begun ? begun.start + rest.slice(resumed?.length) : rest, begun?.begin ?? at, at)
    if (call) calls.push(call)
  }
  return calls
}

function readCall(line: string, begin: number, end: number): Call | undefined {
  const parenthesis = line.indexOf('(')
  const equals = line.lastIndexOf(') ')
  if (parenthesis < 1 || equals < 0) return undefined
  const text = line.slice(parenthesis + 1, equals)
  const target = /^\d+<(.*?)>(?:,|$)/.exec(text)?.[1] ?? ''
  const result = Number(/^\) +(?:= )(-?\d+)/.exec(line.slice(equals))?.[1])
  return { name: line.slice(0, parenthesis), text, target, result, begin, end }
}
