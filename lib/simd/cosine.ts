/** cos of two float64 lanes that hold any float32: rounded to float32 right to within one unit in the last place, however large x is. */
import type { LaneGraph, Value } from './lanes.ts'
import { magic, polynomial, signBit } from './transcendental.ts'

/** 2/π·2^240, rounded down: more digits than a float32's turns can ask for. */
const twoOverPi = 0xa2f9836e4e441529fc2757d1f534ddc0db6295993c439041fe5163abdebbn

/** The binary exponents of float32, in ranges: what is 2^24 or more is brought down by so many powers of two. */
const ranges = [0, 24, 48, 72, 96, 120]

/** How many bits a part has: times the 24 of a float32 it is a float64, exactly. */
const bits = 29

/** 2^down·2/π without the multiples of 2^25, which times a multiple of 2^-23 are whole turns: four parts of 29 bits, the largest first. */
const partsOf = (down: number): readonly number[] => {
  const behind = 240 - down
  const turned = twoOverPi & ((1n << BigInt(behind + 25)) - 1n)
  return [0, 1, 2, 3].map((i) => {
    const last = 25 - bits * (i + 1)
    const part = (turned >> BigInt(behind + last)) & ((1n << BigInt(bits)) - 1n)
    return Number(part) * 2 ** last
  })
}

const parts = ranges.map(partsOf)

/** What belongs to the range that a size is in. */
const byRange = (g: LaneGraph, isBelow: readonly Value[], values: readonly number[]): Value =>
  isBelow.reduceRight(
    (rest, below, i) => g.choose(below, g.f64(values[i] as number), rest),
    g.f64(values.at(-1) as number),
  )

/** x without the multiples of 4 in it, exactly. */
const withoutTurns = (g: LaneGraph, x: Value): Value =>
  g.do('f64x2.sub', x, g.do('f64x2.mul', g.do('f64x2.nearest', g.do('f64x2.mul', x, g.f64(0.25))), g.f64(4)))

/** x in quarters of a turn: the nearest whole number of them, but for multiples of 4, and what is left. */
const quarters = (g: LaneGraph, x: Value): { readonly whole: Value; readonly rest: Value } => {
  const size = g.do('f64x2.abs', x)
  const isBelow = ranges.slice(1).map((from) => g.do('f64x2.lt', size, g.f64(2 ** from)))
  const down = g.do(
    'f64x2.mul',
    size,
    byRange(
      g,
      isBelow,
      ranges.map((from) => 2 ** -from),
    ),
  )
  const [p0, p1, p2, p3] = [0, 1, 2, 3].map((i) =>
    g.do(
      'f64x2.mul',
      down,
      byRange(
        g,
        isBelow,
        parts.map((of) => of[i] as number),
      ),
    ),
  ) as [Value, Value, Value, Value]
  const [large, small] = [withoutTurns(g, p0), withoutTurns(g, p1)]
  const whole = g.do('f64x2.nearest', g.do('f64x2.add', large, small))
  const rest = g.do('f64x2.add', g.do('f64x2.sub', large, whole), small)
  return { whole, rest: g.do('f64x2.add', rest, g.do('f64x2.add', p2, p3)) }
}

/** 1/n! of the even or the odd n below 15, with their signs. */
const series = (first: 0 | 1): number[] => {
  const terms: number[] = []
  let factorial = 1
  for (let n = 1; n < 15; n++) {
    if ((n - 1) % 2 === first) terms.push((terms.length % 2 === 0 ? 1 : -1) / factorial)
    factorial *= n
  }
  return terms
}

export const cos64 = (g: LaneGraph, x: Value): Value => {
  const { whole, rest } = quarters(g, x)
  const angle = g.do('f64x2.mul', rest, g.f64(Math.PI / 2))
  const square = g.do('f64x2.mul', angle, angle)
  const even = polynomial(g, square, series(0))
  const odd = g.do('f64x2.mul', polynomial(g, square, series(1)), angle)
  // cos, −sin, −cos, sin of the rest, as the quarters count up: the lowest bit says which, that of one more the sign.
  const count = g.do('f64x2.add', whole, g.f64(magic))
  const isOdd = g.shift('i64x2.shr_s', g.shift('i64x2.shl', count, 63), 63)
  const next = g.shift('i64x2.shl', g.do('f64x2.add', count, g.f64(1)), 62)
  return g.do('v128.xor', g.choose(isOdd, odd, even), g.do('v128.and', next, g.i64(signBit)))
}
