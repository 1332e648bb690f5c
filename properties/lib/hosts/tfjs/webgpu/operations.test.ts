import { expect, test } from 'vitest'
import {
  type BinaryOp,
  binaryNode,
  binaryOps,
  type Expr,
  select,
  type UnaryOp,
  unaryNode,
  unaryOps,
} from '../../../../../lib/expr/expr.ts'
import { binaryMeaning, unaryMeaning } from '../../../../../lib/expr/meaning.ts'
import { k, passOf, ulps, x, y, z } from '../wasm/harness.ts'
import { describeWebgpu, engineNow, runPass } from './harness.ts'

const { fround } = Math
const special = [
  ...[0, 1, 2, 3, 0.5, 0.1, 1.5, 2.5, 7, 31, 88.5, 1e10, 3e38, 16777217, 0.70710677, 0.99999994, 1.0000001, 1e-10],
  ...[1.1754944e-38, 1e-40, 1.4e-45, Number.POSITIVE_INFINITY],
].flatMap((value) => [fround(value), fround(-value)])
const numbers = [...special, Number.NaN]
const pairs = numbers.flatMap((a) => numbers.map((b) => [a, b] as const))

/** Numbers of all sizes, by a sequence that fills the unit interval. */
const spread = (count: number): number[] =>
  Array.from({ length: count }, (_, i) => fround(Math.tan(Math.PI * (((i * 0.6180339887) % 1) - 0.5)) * 3))

/** A GPU may take a subnormal number for a zero, on the way in and on the way out. */
const tiny = 2 ** -126
const flushed = (value: number): number[] => (value !== 0 && Math.abs(value) < tiny ? [value, 0 * value] : [value])

/** The least distance to a result that is right when some operands and the result are flushed. */
const distance = (made: number, operands: readonly number[], meaning: (...xs: number[]) => number): number => {
  const choices = operands.reduce<number[][]>((all, v) => all.flatMap((xs) => flushed(v).map((w) => [...xs, w])), [[]])
  const wanted = choices.flatMap((xs) => flushed(meaning(...xs)).flatMap((value) => flushed(fround(value))))
  return Math.min(...wanted.map((value) => ulps(made, value)))
}

/** Units in the last place that WGSL allows; the others are exact. */
const allowed: { readonly [op in UnaryOp | BinaryOp]?: (a: number, b: number) => number } = {
  sqrt: () => 3,
  div: () => 3,
  exp: (a) => 4 + 2 * Math.abs(a),
  expm1: () => 4,
  // log and cos are held to an absolute error near their zeros: see below.
  log: () => 4,
  log1p: () => 6,
  tanh: () => 8,
  pow: (a, b) => 16 + 16 * Math.abs(b) + 8 * Math.abs(b * Math.log2(Math.abs(a) || 1)),
}
const absolute: { readonly [op in UnaryOp | BinaryOp]?: number } = { log: 2 ** -20, cos: 2 ** -20 }

/** WGSL says nothing of a division by more than 2^126, and `cosine` is made for less than 2^16. */
const isPromised = (op: string, operands: readonly number[]): boolean => {
  if (op === 'div') return !(Math.abs(operands[1] as number) > 2 ** 126) || Math.abs(operands[1] as number) === Infinity
  return op !== 'cos' || !(Math.abs(operands[0] as number) > 2 ** 16) || Math.abs(operands[0] as number) === Infinity
}

const faults = (
  op: UnaryOp | BinaryOp,
  made: readonly number[],
  cells: readonly (readonly number[])[],
  meaning: (...xs: number[]) => number,
): string[] =>
  made.flatMap((value, i) => {
    const operands = cells.map((column) => column[i] as number)
    const wanted = meaning(...operands)
    const most = allowed[op]?.(operands[0] as number, operands[1] as number) || 0
    const near = Math.abs(value - wanted) <= (absolute[op] ?? 0)
    if (!isPromised(op, operands) || near || distance(value, operands, meaning) <= most) return []
    return [`${op}(${operands}) = ${value}, not ${wanted}`]
  })

const output = async (expr: Expr, reads: readonly (readonly number[])[], given = 0): Promise<readonly number[]> => {
  const { outputs } = await runPass(engineNow(), passOf([expr]), { reads: reads.map((r) => [r]), uniforms: [given] })
  return outputs[0]?.[0] as readonly number[]
}

describeWebgpu(() => {
  test.each(unaryOps)('%s of every special number is its float64 meaning', async (op) => {
    expect(faults(op, await output(unaryNode(op, x), [numbers]), [numbers], unaryMeaning[op])).toEqual([])
    // One more, or one less, than a multiple of four: the kernel without vectors.
    const odd = [...numbers, 0.25]
    expect(faults(op, await output(unaryNode(op, x), [odd]), [odd], unaryMeaning[op])).toEqual([])
  })

  test.each(binaryOps)('%s of every pair of special numbers is its float64 meaning', async (op) => {
    for (const extra of [0, 1, 2, 3]) {
      const all = [...pairs, ...pairs.slice(0, extra)]
      const columns = [all.map(([a]) => a), all.map(([, b]) => b)]
      expect(faults(op, await output(binaryNode(op, x, y), columns), columns, binaryMeaning[op])).toEqual([])
    }
  })

  test.each([...unaryOps])('%s is its float64 meaning in any number of elements', async (op) => {
    const pass = passOf([unaryNode(op, x)])
    const leaves = [...Array.from({ length: 18 }, (_, n) => spread(n)), spread(4096 * 3 + 4), spread(4096 * 3 + 1)]
    const { outputs } = await runPass(engineNow(), pass, { reads: [leaves] })
    leaves.forEach((cells, leaf) => {
      const made = outputs[0]?.[leaf] as readonly number[]
      expect(made).toHaveLength(cells.length)
      expect(faults(op, made, [cells], unaryMeaning[op])).toEqual([])
    })
  })

  test.each(binaryOps)('%s with a number of the host is its float64 meaning', async (op) => {
    for (const given of [0, -0, 1, 0.5, -3, Number.NaN, Number.POSITIVE_INFINITY, 1e-45]) {
      const made = await output(binaryNode(op, x, k), [numbers], given)
      expect(faults(op, made, [numbers, numbers.map(() => fround(given))], binaryMeaning[op])).toEqual([])
    }
  })

  test.each([
    ['a number', x, (value: number) => value !== 0],
    ['a comparison', binaryNode('less', x, k), (value: number) => value < 1],
    ['isNaN', unaryNode('isNaN', x), Number.isNaN],
    ['isFinite', unaryNode('isFinite', x), Number.isFinite],
  ] as const)('select by %s takes the right side whole', async (_, asked, isYes) => {
    const pass = passOf([select(asked, y, z)])
    const yes = numbers.map((_, i) => (i % 2 === 0 ? 1 : Number.NaN))
    const no = numbers.map((_, i) => (i % 2 === 0 ? Number.NaN : -0))
    const given = { reads: [[numbers], [yes], [no]], uniforms: [1] }
    const { outputs } = await runPass(engineNow(), pass, given)
    expect(outputs[0]?.[0]).toEqual(numbers.map((value, i) => (isYes(value) ? yes[i] : no[i])))
  })

  test('an output may be one of the inputs, bit for bit', async () => {
    expect(await output(x, [numbers])).toEqual(numbers)
  })
})
