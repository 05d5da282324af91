import { type TObject, type TProperties, type TSchema, Type } from 'typebox'
import { type FieldErrors, invalidParameters, unprocessable } from './errors.ts'
import { type Field, FieldError, type FieldValue } from './fields.ts'
import type { RawForm } from './multipart.ts'
import type { Upload } from './storage.ts'

// The forms of /api/v1: one declaration reads a body or a query, whatever its encoding, and describes it in the API page.

type Fields = Record<string, Field<unknown, boolean>>

/** What a form gives: a required field's value, else the value, `null` (sent empty: clear it) or `undefined` (not sent). */
export type FormValues<F extends Fields> = { [K in keyof F]: FieldValue<F[K]> }

export interface Form<F extends Fields = Fields> {
  fields: F
  /** JSON Schema of the form, for the API page. */
  schema: TObject
  /** Names of the fields that take files, with how many. */
  files: ReadonlyMap<string, { maxCount: number }>
  /** Reads a body. Throws 422 naming every field that is wrong. `ignored` lists names the form does not know. */
  read(raw: RawForm): { values: FormValues<F>; ignored: string[] }
  /** Reads path or query parameters. Throws 400 naming every one that is wrong or unknown. */
  readParameters(parameters: Record<string, unknown>): FormValues<F>
}

/** Declares a form of named fields. */
export function form<const F extends Fields>(fields: F): Form<F> {
  const files = new Map(Object.entries(fields).flatMap(([name, field]) => (field.files ? [[name, field.files] as const] : [])))
  return {
    fields,
    schema: schemaOf(fields),
    files,
    read: raw => {
      const { sent, ignored, errors } = gather(fields, raw)
      return { values: convert(fields, sent, errors, unprocessable) as FormValues<F>, ignored }
    },
    readParameters: parameters => {
      const errors: FieldErrors = {}
      const sent = new Map<string, (string | Upload)[]>()
      for (const [name, value] of Object.entries(parameters)) {
        if (name.startsWith('_')) continue
        if (!Object.hasOwn(fields, name))
          errors[name] = `is not a parameter here; there is ${Object.keys(fields).join(', ') || 'none'}`
        // an empty parameter asks for nothing; only a body's empty field clears
        else if (value !== '') sent.set(name, Array.isArray(value) ? value : [value])
      }
      return convert(fields, sent, errors, invalidParameters) as FormValues<F>
    }
  }
}

function schemaOf(fields: Fields): TObject {
  const properties: TProperties = {}
  for (const [name, field] of Object.entries(fields)) {
    const schema = field.many ? Type.Array(field.schema) : field.schema
    properties[field.many && !field.files ? `${name}[]` : name] = (field.required ? schema : Type.Optional(schema)) as TSchema
  }
  return Type.Object(properties)
}

/** Sorts what came by field, `user_id[]` and `user_id[0]` under `user_id`. */
function gather(fields: Fields, raw: RawForm) {
  const sent = new Map<string, (string | Upload)[]>()
  const errors: FieldErrors = {}
  const ignored: string[] = []
  const add = (fullName: string, value: string | Upload): void => {
    const bracket = fullName.indexOf('[')
    const name = bracket > 0 ? fullName.slice(0, bracket) : fullName
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined
    if (!field) ignored.push(fullName)
    else if (bracket > 0 && !(field.many && /^\[\d{0,4}\]$/.test(fullName.slice(bracket))))
      errors[name] = 'must be a single value, not an array or object'
    else {
      const values = sent.get(name)
      if (values) values.push(value)
      else sent.set(name, [value])
    }
  }
  for (const [name, value] of raw.fields) add(name, value)
  for (const upload of raw.files) add(upload.field, upload)
  return { sent, ignored, errors }
}

function convert(
  fields: Fields,
  sent: Map<string, (string | Upload)[]>,
  errors: FieldErrors,
  problem: (errors: FieldErrors) => Error
): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  for (const name of Object.keys(fields)) {
    if (Object.hasOwn(errors, name)) continue
    try {
      values[name] = readField(fields[name]!, sent.get(name))
    } catch (error) {
      if (!(error instanceof FieldError)) throw error
      errors[name] = error.message
    }
  }
  if (Object.keys(errors).length > 0) throw problem(errors)
  return values
}

function readField(field: Field<unknown, boolean>, sent: (string | Upload)[] | undefined): unknown {
  const filled = sent
    ?.map(value => (typeof value === 'string' && !field.exact ? value.trim() : value))
    .filter(value => value !== '')
  if (!filled || filled.length === 0) {
    if (field.required) throw new FieldError('is required')
    return sent && sent.length > 0 ? null : undefined
  }
  if (field.many) return field.readMany ? field.readMany(filled) : filled.map(value => field.read(value))
  if (filled.length > 1 || (sent && sent.length > 1)) throw new FieldError(`was sent ${sent?.length} times; send it once`)
  return field.read(filled[0]!)
}
