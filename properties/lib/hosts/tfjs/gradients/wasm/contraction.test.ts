import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { contraction, type Pairing, stripWidths } from '../../../../../../lib/hosts/tfjs/gradients/wasm/contraction.ts'
import { importsOf } from '../../../../../../lib/simd/assembler.ts'

/** One page of memory, filled with a mark: whoever writes outside shows, and whoever reads past its end traps. */
const PAGE = 65536
const MARK = 12345

interface Case {
  readonly pairing: Pairing
  readonly width: number
  readonly height: number
  readonly rows: number
  readonly columns: number
  readonly values: readonly number[]
}

interface Target {
  readonly simd: boolean
  readonly shared: boolean
}

const cases = (simd: boolean): fc.Arbitrary<Case> =>
  fc.record({
    pairing: fc.constantFrom<Pairing>('outer', 'apart', 'lanes'),
    width: fc.constantFrom(...stripWidths(simd)),
    height: fc.integer({ min: 0, max: 11 }),
    rows: fc.integer({ min: 1, max: 3 }),
    columns: fc.integer({ min: 1, max: 4 }),
    values: fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 7, maxLength: 7 }),
  })

/** Elements of `a`, `b` and `c`, each laid out without gaps: integers, so that sums are exact in any order. */
const layout = ({ pairing, width, height, rows, columns, values }: Case) => {
  const step = { outer: 1, apart: 3, lanes: width }[pairing]
  const numbers = (count: number, first: number) =>
    Array.from({ length: count }, (_, n) => values[(n * 3 + first) % 7]! + (n % 5))
  return {
    step,
    a: numbers(rows * columns * height * step, 0),
    b: numbers(rows * columns * width, 1),
    c: numbers(height * width, 2),
  }
}

const expected = (each: Case): number[] => {
  const { pairing, width, height, rows, columns } = each
  const { a, b, c, step } = layout(each)
  return c.map((before, n) => {
    const [i, j] = [Math.floor(n / width), n % width]
    let sum = before
    for (let position = 0; position < rows * columns; position++) {
      const at = (position * height + i) * step + (pairing === 'lanes' ? j : 0)
      sum += a[at]! * b[position * width + j]!
    }
    return sum
  })
}

/** Puts c in the middle and a or b at the very end of memory; gives c, and whether all else is as it was. */
const run = (each: Case, { simd, shared }: Target, last: 'a' | 'b') => {
  const { pairing, width, height, columns, rows } = each
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared })
  const cells = new Float32Array(memory.buffer).fill(MARK)
  const { a, b, c, step } = layout(each)
  const place = { a: 16, b: 16, c: PAGE / 8 }
  place[last] = PAGE / 4 - { a, b }[last].length
  cells.set(a, place.a)
  cells.set(b, place.b)
  cells.set(c, place.c)
  const before = cells.slice()
  const module = new WebAssembly.Module(contraction({ pairing, width, simd, shared }))
  const instance = new WebAssembly.Instance(module, importsOf(memory))
  const [aColumn, bColumn] = [4 * height * step, 4 * width]
  ;(instance.exports.run as (...args: number[]) => void)(
    ...[4 * place.a, 4 * place.b, 4 * place.c, height, rows, columns],
    ...[columns * aColumn, aColumn, columns * bColumn, bColumn, 4 * step, 4 * width],
  )
  const result = [...cells.slice(place.c, place.c + c.length)]
  cells.set(c, place.c)
  return { result, untouched: cells.every((cell, n) => cell === before[n]) }
}

describe.each([
  { simd: true, shared: false },
  { simd: true, shared: true },
  { simd: false, shared: false },
])('with simd $simd and shared memory $shared', (target) => {
  test('it adds up the products, and touches nothing else', () => {
    fc.assert(
      fc.property(cases(target.simd), fc.constantFrom('a' as const, 'b' as const), (each, last) => {
        expect(run(each, target, last)).toEqual({ result: expected(each), untouched: true })
      }),
      { numRuns: 300 },
    )
  })

  test('every kernel is small enough for a browser to compile at once', () => {
    for (const pairing of ['outer', 'apart', 'lanes'] as const) {
      for (const width of stripWidths(target.simd))
        expect(contraction({ pairing, width, ...target }).length).toBeLessThan(4096)
    }
  })
})
