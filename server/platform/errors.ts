/** The closed list of what can go wrong, with the HTTP status each means. */
export const statuses = {
  invalid_parameter: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  duplicate: 409,
  conflict: 409,
  not_configured: 412,
  too_large: 413,
  unsupported_media_type: 415,
  unprocessable: 422,
  too_many_requests: 429,
  internal: 500,
  unavailable: 503
} as const

export type ProblemKind = keyof typeof statuses

/** What is wrong with each field: the field's wire name → what is wrong and how to mend it. */
export type FieldErrors = Record<string, string>

/** An answer that is not a success. Verbs throw it; each API writes it in its own envelope, once. */
export class Problem extends Error {
  readonly kind: ProblemKind
  readonly fields: FieldErrors | undefined
  readonly headers: Record<string, string> | undefined

  constructor(kind: ProblemKind, message: string, fields?: FieldErrors, headers?: Record<string, string>) {
    super(message)
    this.kind = kind
    this.fields = fields
    this.headers = headers
  }

  get status(): number {
    return statuses[this.kind]
  }
}

/** 404: nothing by that id in this organization. `what` is a noun such as `ticket`. */
export const notFound = (what: string): Problem => new Problem('not_found', `There is no such ${what}`)

/** 422: the body is well formed but these fields cannot be taken. */
export const unprocessable = (fields: FieldErrors): Problem =>
  new Problem('unprocessable', sentence('Some fields cannot be taken', fields), fields)

/** 400: these path or query parameters are wrong. */
export const invalidParameters = (fields: FieldErrors): Problem =>
  new Problem('invalid_parameter', sentence('Some parameters cannot be taken', fields), fields)

/** 400: the body cannot be read at all. */
export const unparseable = (message: string): Problem => new Problem('invalid_parameter', message)

/** 409: a value that must be unique is taken. */
export const duplicate = (fields: FieldErrors): Problem =>
  new Problem('duplicate', sentence('A value is already taken', fields), fields)

/** 409: the record is not in a state that allows this. */
export const conflict = (message: string): Problem => new Problem('conflict', message)

/** 413: more than the server takes. */
export const tooLarge = (message: string): Problem => new Problem('too_large', message)

/** 503: the database or the disk cannot take it now; nothing was saved. */
export const unavailable = (message: string): Problem => new Problem('unavailable', message, undefined, { 'retry-after': '2' })

/** 503 without `Retry-After`: the change may have been saved, so that whoever asked must look before asking again. */
export const unsure = (message: string): Problem => new Problem('unavailable', message)

export const isUnsure = (error: unknown): boolean =>
  error instanceof Problem && error.kind === 'unavailable' && error.headers === undefined

export function sentence(start: string, fields: FieldErrors): string {
  const [first] = Object.entries(fields)
  return first && Object.keys(fields).length === 1 ? `${first[0]} ${first[1]}` : `${start}: ${Object.keys(fields).join(', ')}`
}
