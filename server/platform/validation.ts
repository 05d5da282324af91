import { createRequire } from 'node:module'
import type { TSchema } from 'typebox'
import type * as compiler from 'typebox/compile'
import type * as interpreter from 'typebox/value'
import type { FieldErrors } from './errors.ts'

// Whether a value is as a schema wants it, and if not, which fields are wrong and how to mend them, in plain sentences.

// Both are large, and not needed before the first request.
const require = createRequire(import.meta.url)
const compile = (schema: Shape) => (require('typebox/compile') as typeof compiler).Compile(schema as TSchema)
const isRight = (schema: Shape, value: unknown): boolean =>
  (require('typebox/value') as typeof interpreter).Check(schema as TSchema, value)

/** What of JSON Schema the schemas here are made of. */
interface Shape {
  type?: string
  const?: unknown
  anyOf?: Shape[]
  properties?: Record<string, Shape>
  required?: string[]
  minProperties?: number
  items?: Shape
  maxItems?: number
  format?: string
  pattern?: string
  description?: string
  examples?: unknown[]
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
}

const compiled = new WeakMap<object, ReturnType<typeof compile>>()

/** Whether the value is as the schema wants it; the schema is compiled at its first use. */
export function passes(schema: object, value: unknown): boolean {
  const known = compiled.get(schema) ?? compile(schema)
  compiled.set(schema, known)
  return known.Check(value)
}

const mostNamed = 100
const longestName = 100

/** The path of a field within another, cut where a client chose a name without end. */
export function pathTo(path: string, name: string): string {
  const shown = name.length > longestName ? `${name.slice(0, longestName)}…` : name
  return path ? `${path}.${shown}` : shown
}

/** What is wrong with a value that the schema refuses, by the paths of the fields; of very many the first hundred. */
export function faultsOf(schema: object, value: unknown): FieldErrors {
  const faults = new Map<string, string>()
  find(schema, value, '', faults)
  if (faults.size === 0) faults.set('body', 'cannot be taken as it is')
  return Object.fromEntries(faults)
}

function find(schema: Shape, value: unknown, path: string, faults: Map<string, string>): void {
  if (faults.size >= mostNamed) return
  // of an object that may be null the fields inside say what is wrong
  const { properties, items, maxItems, ...own } = schema.anyOf?.find(({ type }) => type === kindOf(value)) ?? schema
  if (properties && kindOf(value) === 'object') {
    findInside({ ...own, properties }, value as Record<string, unknown>, path, faults)
  } else if (items && Array.isArray(value) && value.length <= (maxItems ?? value.length)) {
    for (const [index, item] of value.entries()) if (!passes(items, item)) find(items, item, pathTo(path, `${index}`), faults)
  } else if (!isRight(schema, value)) {
    faults.set(path || 'body', `must be ${wanted(schema)}`)
  }
}

type Inside = Shape & { properties: Record<string, Shape> }

function findInside(schema: Inside, value: Record<string, unknown>, path: string, faults: Map<string, string>): void {
  const { properties, required = [], minProperties = 0 } = schema
  const names = Object.keys(value)
  if (names.length < minProperties) faults.set(path || 'body', 'must have at least one field')
  for (const name of required) if (!Object.hasOwn(value, name)) faults.set(pathTo(path, name), 'is required')
  for (const name of names) {
    if (faults.size >= mostNamed) return
    const inner = Object.hasOwn(properties, name) ? properties[name] : undefined
    if (inner) find(inner, value[name], pathTo(path, name), faults)
    else faults.set(pathTo(path, name), 'is not a field here')
  }
}

const kindOf = (value: unknown): string => (Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value)

/** What a schema takes, as the end of a sentence that begins with "must be". */
function wanted(schema: Shape): string {
  if (schema.anyOf) return schema.anyOf.map(wanted).join(' or ')
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  switch (schema.type) {
    case 'string':
      return wantedText(schema)
    case 'integer':
      return `a whole number${range(schema)}`
    case 'number':
      return `a number${range(schema)}`
    case 'boolean':
      return 'true or false'
    case 'array':
      return schema.maxItems === undefined ? 'a list' : `a list of at most ${schema.maxItems}`
    case 'null':
      return 'null'
    default:
      return 'a JSON object'
  }
}

const range = ({ minimum, maximum }: Shape): string =>
  (minimum === undefined ? '' : ` from ${minimum}`) +
  (maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? '' : ` to ${maximum}`)

/** How a time is written. */
export const aTime = 'a time with seconds and a zone, such as 2024-08-09T16:42:35.000Z'

const formats: Record<string, string> = {
  'date-time': aTime,
  email: 'an e-mail address such as jane@example.com'
}

function wantedText({ format, pattern, description = '', examples, minLength, maxLength }: Shape): string {
  const length = maxLength ? ` of ${minLength ? `${minLength} to` : 'at most'} ${maxLength} characters` : ''
  if (format) return `${formats[format]}${length}`
  const such = examples ? ` such as ${examples[0]}` : ''
  if (!pattern) return `text${length}${such}`
  // of the patterns of several signs the description tells the rule
  return `text${length}${such}, ${pattern === '\\S' ? 'not blank' : description.charAt(0).toLowerCase() + description.slice(1)}`
}
