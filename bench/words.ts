// Text that behaves like people's: a few words stand everywhere, most are rare. The same seed gives the same text.

/** Numbers from 0 to below 1, the same for the same seed. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

const common =
  'the a to and of is in it you that for my on not with we have this please can be invoice order account printer payment when'.split(
    ' '
  )
const syllables =
  'ba be bi bo bra da de do dri fa fe fi flo ga ge go gra ka ke ki kla ko la le li lo lu ma me mi mo na ne ni no pa pe po pra ra re ri ro sa se si sta ta te ti to tra va ve vi vo wa we za zo'.split(
    ' '
  )

const lexiconSize = 20_000

/** The word of a rank: 0 is the most common one. */
export function wordAt(rank: number): string {
  const known = common[rank]
  if (known !== undefined) return known
  let word = ''
  for (let rest = rank; rest > 0 || word.length < 4; rest = Math.floor(rest / syllables.length)) {
    word += syllables[rest % syllables.length]
  }
  return word
}

/** Makes texts of about `length` characters. */
export function writer(random: () => number): (length: number) => string {
  // Zipf's law: the inverse of its sum is an exponential.
  const draws = Array.from({ length: 65_536 }, (_, draw) => wordAt(Math.floor(lexiconSize ** (draw / 65_536)) - 1))
  return length => {
    let text = ''
    while (text.length < length) text += `${text === '' ? '' : ' '}${draws[Math.floor(random() * draws.length)]}`
    return text.slice(0, length)
  }
}
