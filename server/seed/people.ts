import { fold } from '../platform/terms.ts'
import { firmKinds, firmNames, firstNames, jobs, lastNames, streets } from './names.ts'
import { type City, cities } from './places.ts'
import { Random, scramble } from './random.ts'

/** Somebody with an address for mail, nobody has it twice. */
export interface Someone {
  first: string
  last: string
  name: string
  email: string
}

/** Somebody of a firm, where it is and how to call it. */
export interface Person extends Someone {
  index: number
  job: string
  company: string
  website: string
  phone: string
  place: City
  address: string
  zip: string
  /** How many people the firm has. */
  seats: number
}

const nameBits = 15

const known = new Map<string, string>()

/** A name as it stands in addresses: small letters only. */
function plain(name: string): string {
  const folded = known.get(name) ?? fold(name).replace(/[^a-z]/g, '')
  known.set(name, folded)
  return folded
}

/** The `index`th person whom nothing but mail is known of. */
export const someone = (index: number): Someone => named(index, 0x2aaa, 'example.org')

/** The `index`th person of the demo: whoever asks gets the same. */
export function personOf(index: number): Person {
  const random = new Random('person', index)
  const firm = scramble(index, 12)
  const company = `${firmNames[firm & 63]} ${firmKinds[firm >> 6]}`
  const place = placeOf(index)
  return {
    index,
    ...named(index, 0, 'example.com'),
    job: random.pick(jobs),
    company,
    website: `https://${plain(firmNames[firm & 63]!)}-${plain(firmKinds[firm >> 6]!)}.example.com`,
    phone: phoneOf(index, place),
    place,
    address: `${random.between(1, 240)} ${random.pick(streets)}`,
    zip: place.zip.replace(/#/g, () => String(random.between(0, 9))),
    seats: random.between(3, random.chance(0.2) ? 80 : 30)
  }
}

function named(index: number, turn: number, domain: string): Someone {
  const combination = scramble(index ^ turn, nameBits)
  const first = firstNames[combination & 127] as string
  const last = lastNames[combination >> 7] as string
  const round = index >> nameBits
  return { first, last, name: `${first} ${last}`, email: `${plain(first)}.${plain(last)}${round > 0 ? round + 1 : ''}@${domain}` }
}

/** Each row of 24 people is spread over the 24 cities in an order of its own. */
function placeOf(index: number): City {
  const row = Math.floor(index / cities.length)
  return cities[((index % cities.length) * 7 + row * 11) % cities.length] as City
}

/** A number that nobody else has until the city's numbers for fiction are used up. */
function phoneOf(index: number, { phones }: City): string {
  const nth = Math.floor(index / cities.length)
  const pattern = phones[nth % phones.length] as string
  return withDigits(pattern, Math.floor(nth / phones.length) * 37 + 11)
}

/** A number of nobody: from an area code that is no city's. */
export const strangersPhone = (random: Random): string => withDigits('+1 800 555 01##', random.between(0, 99))

function withDigits(pattern: string, number: number): string {
  const count = pattern.split('#').length - 1
  const digits = String(number % 10 ** count).padStart(count, '0')
  return pattern.slice(0, pattern.length - count) + digits
}
