import fc from 'fast-check'
import { expect, test } from 'vitest'
import { binaryNode, binaryOps, type Expr, select, unaryNode, unaryOps } from '../../../lib/expr/expr.ts'
import { binaryMeaning, unaryMeaning } from '../../../lib/expr/meaning.ts'
import { k, passOf, runKernel, ulps, x, y, z } from '../hosts/tfjs/wasm/harness.ts'

const { fround } = Math
const special = [
  ...[0, 1, 2, 3, 0.5, 0.1, 1.5, 2.5, 7, 88.5, 104, 1e10, 3e38, 16777217, 0.70710677, 0.99999994, 1.0000001],
  ...[1e-10, 1.1754944e-38, 1e-40, 1.4e-45, Number.POSITIVE_INFINITY],
].flatMap((value) => [fround(value), fround(-value)])
const numbers = [...special, Number.NaN]

/** Every pair of the special numbers. */
const pairs = numbers.flatMap((a) => numbers.map((b) => [a, b] as const))

/** Any float32, by its bits, and numbers of ordinary size. */
const anyFloat = fc.oneof(fc.float(), fc.float({ min: -100, max: 100 }), fc.constantFrom(...numbers))

/** All others are exact: the float64 meaning, rounded once. */
const inexact: ReadonlySet<string> = new Set(['exp', 'expm1', 'log', 'log1p', 'cos', 'tanh', 'pow'])
const allowed = (op: string): number => (inexact.has(op) ? 1 : 0)

const worst = (made: readonly number[], wanted: readonly number[]): number =>
  Math.max(0, ...made.map((value, i) => ulps(value, fround(wanted[i] as number))))

const output = (expr: Expr, cells: { x: number[]; y?: number[]; z?: number[] }, given?: number): readonly number[] => {
  const { outputs, untouched } = runKernel(passOf([expr]), [{ size: cells.x.length, ...cells }], { k: given ?? 0 })
  expect(untouched).toBe(true)
  return outputs[0]?.[0] as readonly number[]
}

test.each(unaryOps)('%s of every special number is its float64 meaning', (op) => {
  expect(worst(output(unaryNode(op, x), { x: numbers }), numbers.map(unaryMeaning[op]))).toBeLessThanOrEqual(
    allowed(op),
  )
})

test.each(unaryOps)('%s of any number, in any number of elements, is its float64 meaning', (op) => {
  fc.assert(
    fc.property(fc.array(anyFloat, { maxLength: 17 }), (cells) => {
      const made = output(unaryNode(op, x), { x: cells })
      expect(worst(made, cells.map(unaryMeaning[op]))).toBeLessThanOrEqual(allowed(op))
    }),
  )
})

test.each(binaryOps)('%s of every pair of special numbers is its float64 meaning', (op) => {
  const [a, b] = [pairs.map(([first]) => first), pairs.map(([, second]) => second)]
  const wanted = pairs.map(([first, second]) => binaryMeaning[op](first, second))
  expect(worst(output(binaryNode(op, x, y), { x: a, y: b }), wanted)).toBeLessThanOrEqual(allowed(op))
})

test.each(binaryOps)('%s of any numbers, in any number of elements, is its float64 meaning', (op) => {
  fc.assert(
    fc.property(fc.array(fc.tuple(anyFloat, anyFloat), { maxLength: 17 }), (cells) => {
      const made = output(binaryNode(op, x, y), { x: cells.map(([a]) => a), y: cells.map(([, b]) => b) })
      const wanted = cells.map(([a, b]) => binaryMeaning[op](a, b))
      expect(worst(made, wanted)).toBeLessThanOrEqual(allowed(op))
    }),
  )
})

test.each(binaryOps)('%s with a number of the host is its float64 meaning', (op) => {
  for (const given of [0, -0, 1, 0.5, -3, Number.NaN, Number.POSITIVE_INFINITY, 1e-45]) {
    const made = output(binaryNode(op, x, k), { x: numbers }, given)
    const wanted = numbers.map((a) => binaryMeaning[op](a, fround(given)))
    expect(worst(made, wanted)).toBeLessThanOrEqual(allowed(op))
  }
})

const tests: readonly (readonly [string, Expr, (value: number) => boolean])[] = [
  ['a number', x, (value) => value !== 0],
  ['a comparison', binaryNode('less', x, 1), (value) => value < 1],
  ['isNaN', unaryNode('isNaN', x), Number.isNaN],
  ['isFinite', unaryNode('isFinite', x), Number.isFinite],
]

test.each(tests)('select takes the branch that %s says, and the other does not leak', (_, condition, truth) => {
  const test = condition === tests[1]?.[1] ? binaryNode('less', x, k) : condition
  const made = output(
    select(test, y, z),
    { x: numbers, y: numbers.map(() => Number.NaN), z: numbers.map((_, i) => i) },
    1,
  )
  expect(made).toEqual(numbers.map((value, i) => (truth(value) ? Number.NaN : i)))
})

test('exp, log, their kin and pow are right to within one unit in the last place over their whole range', () => {
  const n = 40_000
  const powers = Array.from({ length: n }, (_, i) => -106 + (196 * i) / n).map(fround)
  const positive = Array.from({ length: n }, (_, i) => 2 ** (-149 + (277 * i) / n)).map(fround)
  const near = Array.from({ length: n }, (_, i) => 0.5 + i / n).map(fround)
  const exponents = positive.map((value, i) => fround(((i % 201) - 100) / Math.max(1, Math.abs(Math.log(value)))))
  expect(worst(output(unaryNode('exp', x), { x: powers }), powers.map(Math.exp))).toBeLessThanOrEqual(1)
  expect(worst(output(unaryNode('log', x), { x: positive }), positive.map(Math.log))).toBeLessThanOrEqual(1)
  expect(worst(output(unaryNode('log', x), { x: near }), near.map(Math.log))).toBeLessThanOrEqual(1)
  const around = [...powers, ...positive, ...positive.map((value) => -value)]
  for (const op of ['expm1', 'log1p', 'tanh'] as const)
    expect(worst(output(unaryNode(op, x), { x: around }), around.map(unaryMeaning[op]))).toBeLessThanOrEqual(1)
  const made = output(binaryNode('pow', x, y), { x: positive, y: exponents })
  const wanted = positive.map((value, i) => value ** (exponents[i] as number))
  expect(worst(made, wanted)).toBeLessThanOrEqual(1)
})

test('cos is right to within one unit in the last place however large the number, also next to its zeros', () => {
  const n = 40_000
  const sizes = Array.from({ length: n }, (_, i) => 2 ** (-30 + (158 * i) / n)).map(fround)
  const zeros = Array.from({ length: n }, (_, i) => (i + 0.5) * Math.PI).map(fround)
  // The float32 that is nearest to a zero of cos, by W. Kahan's search; its cosine is 1.6e-9.
  const cells = [...sizes, ...zeros, fround(16367173 * 2 ** 72), fround(3.4028234e38)]
  expect(worst(output(unaryNode('cos', x), { x: cells }), cells.map(Math.cos))).toBeLessThanOrEqual(1)
})
