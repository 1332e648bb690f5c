/** Random numbers that follow from a seed. */
export interface Chance {
  /** From 0 up to 1. */
  readonly number: () => number
  /** A whole number from `low` to `high`. */
  readonly whole: (low: number, high: number) => number
  readonly oneOf: <A>(choices: readonly A[]) => A
  /** True in this share of the cases. */
  readonly happens: (share: number) => boolean
}

/** The same chance for the same words: mulberry32 on a hash (FNV-1a) of their text. */
export const chanceOf = (...seed: readonly (string | number)[]): Chance => {
  let state = [...seed.join('\0')].reduce((hash, c) => Math.imul(hash ^ c.charCodeAt(0), 0x01000193), 0x811c9dc5)
  const number = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let x = Math.imul(state ^ (state >>> 15), 1 | state)
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32
  }
  const whole = (low: number, high: number): number => low + Math.floor(number() * (high - low + 1))
  return {
    number,
    whole,
    oneOf: (choices) => choices[whole(0, choices.length - 1)] as never,
    happens: (share) => number() < share,
  }
}
