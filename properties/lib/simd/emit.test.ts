import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  add,
  binaryNode,
  cos,
  type Expr,
  exp,
  log,
  log1p,
  mul,
  pow,
  select,
  sqrt,
  sub,
  tanh,
  unaryNode,
} from '../../../lib/expr/expr.ts'
import { type Algebra, fold } from '../../../lib/expr/fold.ts'
import { binaryMeaning, mapRecord, unaryMeaning } from '../../../lib/expr/meaning.ts'
import type { PassOutput } from '../../../lib/rule/pass.ts'
import { emit } from '../../../lib/simd/emit.ts'
import { kernelOf } from '../../../lib/simd/kernel.ts'
import { k, type LeafCells, l, passOf, runKernel, ulps, x, y, z } from '../hosts/tfjs/wasm/harness.ts'

const { fround } = Math
const lengths = [...Array(18).keys(), 31, 32, 33, 64, 100]

const leafOf = (size: number): LeafCells => ({
  size,
  x: Array.from({ length: size }, (_, i) => fround(Math.sin(i + size))),
  y: Array.from({ length: size }, (_, i) => fround(1 + Math.cos(3 * i))),
  z: Array.from({ length: size }, (_, i) => fround(i / 7)),
  l: size + 0.5,
})

describe.each([
  { shared: false, inPlace: false },
  { shared: false, inPlace: true },
  { shared: true, inPlace: false },
  { shared: true, inPlace: true },
])('with shared memory $shared and in place $inPlace', (options) => {
  const outputs = [add(mul(x, k), mul(y, l)), sub(y, x), mul(z, z)]

  test.each(lengths)('%i elements are computed, and nothing past them is touched', (size) => {
    const leaf = leafOf(size)
    const made = runKernel(passOf(outputs), [leaf], { k: 3, ...options })
    expect(made.untouched).toBe(true)
    const [xs, ys, zs] = [leaf.x, leaf.y, leaf.z] as [number[], number[], number[]]
    expect(made.outputs[0]?.[0]).toEqual(
      xs.map((a, i) => fround(fround(a * 3) + fround((ys[i] as number) * (leaf.l as number)))),
    )
    expect(made.outputs[1]?.[0]).toEqual(xs.map((a, i) => fround((ys[i] as number) - a)))
    expect(made.outputs[2]?.[0]).toEqual(zs.map((a) => fround(a * a)))
  })

  test('one call runs all leaves, each with its own number', () => {
    const leaves = lengths.map(leafOf)
    const made = runKernel(passOf([mul(x, l)]), leaves, options)
    expect(made.untouched).toBe(true)
    leaves.forEach((leaf, i) => {
      expect(made.outputs[0]?.[i]).toEqual(leaf.x?.map((value) => fround(value * (leaf.l as number))))
    })
  })
})

test('an output that replaces nothing stands beside those that are written over what is read', () => {
  const leaf = leafOf(70) as Required<LeafCells>
  const pass = passOf([add(x, y), sub(y, x), mul(x, y)])
  expect(pass.outputs.map(({ own }) => own)).toEqual([0, 1, -1])
  const made = runKernel(pass, [leaf, leaf], { inPlace: true })
  expect(made.untouched).toBe(true)
  const wanted = [
    leaf.x.map((a, i) => fround(a + (leaf.y[i] as number))),
    leaf.x.map((a, i) => fround((leaf.y[i] as number) - a)),
    leaf.x.map((a, i) => fround(a * (leaf.y[i] as number))),
  ]
  expect(made.outputs).toEqual(wanted.map((list) => [list, list]))
})

test.each([[0], [1], [2], [0, 1], [1, 2], [0, 2]])('outputs %j alone are written over what is read', (...inPlace) => {
  const leaf = leafOf(37) as Required<LeafCells>
  const made = runKernel(passOf([add(x, y), sub(y, x), add(z, z)]), [leaf], { inPlace })
  expect(made.untouched).toBe(true)
  expect(made.outputs.map(([output]) => output)).toEqual([
    leaf.x.map((a, i) => fround(a + (leaf.y[i] as number))),
    leaf.x.map((a, i) => fround((leaf.y[i] as number) - a)),
    leaf.z.map((a) => fround(2 * a)),
  ])
})

test('a number alone fills every element', () => {
  const made = runKernel(passOf([k, l]), [{ size: 7, l: 2 }], { k: 1.5 })
  expect(made).toMatchObject({ outputs: [[Array(7).fill(1.5)], [Array(7).fill(2)]], untouched: true })
})

test('sums accumulate in float64, and the square of a float32 neither overflows nor vanishes', () => {
  for (const scale of [1, 1e30, 1e-30]) {
    const leaves = lengths.map((size) => ({
      ...leafOf(size),
      x: leafOf(size).x?.map((v) => fround(v * scale)) as number[],
    }))
    const made = runKernel(
      passOf(
        [],
        [
          ['sum', mul(x, x)],
          ['sum', x],
          ['sum', mul(x, y)],
        ],
      ),
      leaves,
    )
    expect(made.untouched).toBe(true)
    leaves.forEach(({ x: xs, y: ys }, i) => {
      const sum = (f: (a: number, i: number) => number): number => xs.reduce((s, a, j) => s + f(a, j), 0)
      for (const [r, error, f] of [
        // Squares in the range of float32 are added by fours.
        [0, scale === 1 ? 3 * 2 ** -24 : 1e-14, (a: number) => a * a],
        [1, 1e-14, (a: number) => a],
        [2, 1e-14, (a: number, j: number) => a * (ys?.[j] as number)],
      ] as const) {
        const wanted = sum(f)
        const size = sum((a, j) => Math.abs(f(a, j)))
        expect(Math.abs((made.reductions[r]?.[i] as number) - wanted)).toBeLessThanOrEqual(error * size)
      }
    })
  }
})

/** How far the sum of squares of these is off, as a share of it. */
const errorOfSquares = (cells: readonly number[]): number => {
  const made = runKernel(passOf([], [['sum', mul(x, x)]]), [{ size: cells.length, x: cells }])
  expect(made.untouched).toBe(true)
  const wanted = cells.reduce((sum, a) => sum + a * a, 0)
  return Math.abs((made.reductions[0]?.[0] as number) - wanted) / wanted
}

describe('sums of squares by fours', () => {
  const cell = fc.double({ min: -1, max: 1, noNaN: true })
  const exponent = fc.integer({ min: -45, max: 38 })

  test('are off by three roundings of float32 at most, whatever the exponents', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, exponent), { minLength: 16, maxLength: 70 }), (parts) => {
        const cells = parts.map(([a, b]) => fround(a * 10 ** b))
        if (cells.some((a) => a !== 0)) expect(errorOfSquares(cells)).toBeLessThanOrEqual(3 * 2 ** -24)
      }),
      { numRuns: 300 },
    )
  })

  test('are off by 1e-8 on random numbers, and not at all where squares leave the range of float32', () => {
    const numbers = Array.from({ length: 4096 }, (_, i) => Math.sin(1 + i * i))
    const off = (scale: number) => errorOfSquares(numbers.map((a) => fround(a * scale)))
    for (const scale of [1, 1e-3, 1e10, 1e-15]) {
      expect(off(scale)).toBeLessThan(1e-8)
      // It is this way, and not the one in float64.
      expect(off(scale)).toBeGreaterThan(1e-13)
    }
    for (const scale of [1e20, 1e38, 1e-21, 1e-30, 1e-38]) expect(off(scale)).toBeLessThan(1e-13)
    for (const [all, one] of [
      [1e-25, 1],
      [1, 1e25],
      [1e-44, 1e-20],
      [1e-20, 1e-19],
    ] as const)
      expect(errorOfSquares(numbers.map((a, i) => fround(a * (i === 77 ? one : all))))).toBeLessThan(3 * 2 ** -24)
  })

  test('are taken in kernels that write, of what they write and of what they leave, and again where they must be', () => {
    // x is written over; x + y and the square of z are there afterwards.
    const sum = add(x, y)
    const pass = passOf(
      [sum],
      [
        ['sum', mul(sum, sum)],
        ['sum', mul(z, z)],
        ['sum', mul(x, x)],
      ],
    )
    expect(kernelOf(pass).reductions.map(({ squared }) => squared !== undefined)).toEqual([true, true, false])
    const size = 4096 + 7
    for (const inPlace of [false, true])
      for (const [scale, isExact] of [
        [1, false],
        [1e25, true],
        [1e-25, true],
      ] as const) {
        const of = (f: (i: number) => number) => Array.from({ length: size }, (_, i) => fround(scale * f(i)))
        const leaf = {
          size,
          x: of((i) => Math.sin(i * i)),
          y: of((i) => Math.cos(3 * i)),
          z: of((i) => Math.sin(i + 0.5)),
        }
        const made = runKernel(pass, [leaf, leaf], { inPlace })
        expect(made.untouched).toBe(true)
        const sums = leaf.x.map((a, i) => fround(a + (leaf.y[i] as number)))
        expect(made.outputs[0]).toEqual([sums, sums])
        const wanted = [sums, leaf.z, leaf.x].map((list) => list.reduce((total, a) => total + a * a, 0))
        wanted.forEach((total, r) => {
          const off = Math.abs((made.reductions[r]?.[1] as number) - total) / total
          const isByFours = r < 2 && !isExact
          expect(off).toBeLessThan(isByFours ? 1e-8 : 1e-13)
          if (isByFours) expect(off).toBeGreaterThan(1e-13)
        })
      }
  })

  test('are 0, infinite or NaN as in float64, each row by itself', () => {
    const rows = [0, 1, Number.POSITIVE_INFINITY, Number.NaN, 2].map((value) =>
      Array.from({ length: 40 }, (_, i) => (i === 21 ? value : 0)),
    )
    const made = runKernel(
      passOf([], [['sum', mul(x, x)]]),
      rows.map((cells) => ({ size: cells.length, x: cells })),
    )
    expect(made.reductions[0]).toEqual([0, 1, Number.POSITIVE_INFINITY, Number.NaN, 4])
    expect(made.untouched).toBe(true)
  })
})

test('a sum of many small numbers beside a large one is right to float64, and the same every time', () => {
  const cells = [2 ** 24, ...Array(100_000).fill(0.1).map(fround)]
  const sums = [1, 2].map(
    () => runKernel(passOf([], [['sum', x]]), [{ size: cells.length, x: cells }]).reductions[0]?.[0],
  )
  expect(sums[0]).toBeCloseTo(
    cells.reduce((a, b) => a + b, 0),
    5,
  )
  expect(sums[1]).toBe(sums[0])
})

test('max is the largest element: −∞ for none, NaN if any is NaN, +0 above −0', () => {
  const max = (cells: readonly number[]) =>
    runKernel(passOf([], [['max', x]]), [{ size: cells.length, x: cells }]).reductions[0]?.[0]
  expect(max([])).toBe(Number.NEGATIVE_INFINITY)
  expect(max([-0, 0, -0])).toBe(0)
  expect(max([-0])).toBe(-0)
  for (const length of lengths.slice(1)) {
    for (let at = 0; at < length; at++) {
      const cells = Array.from({ length }, (_, i) => -i - 1)
      expect(max(cells.with(at, 5))).toBe(5)
      expect(max(cells.with(at, Number.NaN))).toBeNaN()
    }
  }
})

test('a pass may write and reduce at once', () => {
  const made = runKernel(
    passOf(
      [add(x, y)],
      [
        ['sum', mul(add(x, y), add(x, y))],
        ['max', x],
      ],
    ),
    [leafOf(37)],
    { inPlace: true },
  )
  const { x: xs, y: ys } = leafOf(37) as Required<LeafCells>
  const sums = xs.map((a, i) => fround(a + (ys[i] as number)))
  expect(made.outputs[0]?.[0]).toEqual(sums)
  expect(made.reductions[0]?.[0]).toBeCloseTo(
    sums.reduce((s, a) => s + a * a, 0),
    12,
  )
  expect(made.reductions[1]?.[0]).toBe(Math.max(...xs))
  expect(made.untouched).toBe(true)
})

const exactUnary = ['neg', 'abs', 'sign', 'sqrt', 'floor', 'isNaN', 'isFinite'] as const
const exactBinary = ['add', 'sub', 'mul', 'div', 'min', 'max', 'less', 'lessEqual', 'equal'] as const

/** Expressions with shared parts: each node is built of earlier ones. */
const graphs: fc.Arbitrary<readonly Expr[]> = fc
  .array(fc.tuple(fc.nat(), fc.nat(), fc.nat(), fc.nat()), { minLength: 1, maxLength: 30 })
  .map((choices) => {
    const nodes: Expr[] = [x, y, z, k, l]
    for (const [how, a, b, c] of choices) {
      const at = (i: number): Expr => nodes[i % nodes.length] as Expr
      const op = how % (exactUnary.length + exactBinary.length + 1)
      if (op < exactUnary.length) nodes.push(unaryNode(exactUnary[op] as 'neg', at(a)))
      else if (op < exactUnary.length + exactBinary.length)
        nodes.push(binaryNode(exactBinary[op - exactUnary.length] as 'add', at(a), at(b)))
      else nodes.push(select(at(a), at(b), at(c)))
    }
    return nodes.slice(-3)
  })

/** The meaning of an operation, rounded to float32 after each: float64 has room enough that no result is rounded twice. */
const rounded = (inputs: ReadonlyMap<Expr, number>): Algebra<number> => ({
  constant: ({ value }) => fround(value),
  input: (node) => inputs.get(node) as number,
  host: () => Number.NaN,
  fact: () => Number.NaN,
  reduce: () => Number.NaN,
  unary: mapRecord(unaryMeaning, (f) => (a) => fround(f(a))),
  binary: mapRecord(binaryMeaning, (f) => (a, b) => fround(f(a, b))),
  select: (test, yes, no) => (test !== 0 ? yes : no),
})

test('a random graph gives, bit for bit, what its operations give one by one', () => {
  const value = fc.oneof(fc.float({ min: -8, max: 8 }), fc.float())
  const cells = fc.array(fc.tuple(value, value, value), { maxLength: 40 })
  fc.assert(
    fc.property(graphs, cells, value, value, fc.boolean(), (outputs, elements, step, leaf, inPlace) => {
      const [xs, ys, zs] = [0, 1, 2].map((i) => elements.map((element) => element[i as 0]))
      const given = { size: elements.length, x: xs, y: ys, z: zs, l: leaf } as LeafCells
      const made = runKernel(passOf(outputs), [given], { k: step, inPlace })
      expect(made.untouched).toBe(true)
      elements.forEach(([a, b, c], i) => {
        const meaning = fold(
          rounded(
            new Map<Expr, number>([
              [x, a],
              [y, b],
              [z, c],
              [k, step],
              [l, leaf],
            ]),
          ),
        )
        outputs.forEach((expr, j) => {
          expect(ulps(made.outputs[j]?.[0]?.[i] as number, meaning(expr))).toBe(0)
        })
      })
    }),
    { numRuns: 300 },
  )
})

test('a kernel is small enough for every browser to compile at once, unrolled or not', () => {
  const sizeOf = (...outputs: Expr[]): number => emit(kernelOf(passOf(outputs)), true).length
  const long = Array.from({ length: 40 }).reduce<Expr>((sum) => sqrt(add(mul(sum, y), k)), x)
  for (const outputs of [
    [add(x, y)],
    [exp(x), log(y)],
    [pow(x, k)],
    [cos(x)],
    [tanh(x), log1p(y)],
    [long, sub(long, z)],
  ])
    expect(sizeOf(...outputs)).toBeLessThan(4096)
})

test('what is written over what it reads has a loop of its own, until the kernel grows too long', () => {
  const codeOf = (outputs: readonly Expr[], isOver: boolean): Uint8Array => {
    const pass = passOf(outputs)
    const elsewhere = pass.outputs.map(({ expr }): PassOutput => ({ target: { to: 'updates' }, expr, own: -1 }))
    return emit(kernelOf(isOver ? pass : { ...pass, outputs: elsewhere }), false)
  }
  const short = [add(x, y), mul(x, y)]
  expect(codeOf(short, true).length).toBeGreaterThan(1.3 * codeOf(short, false).length)
  const long = [Array.from({ length: 120 }).reduce<Expr>((sum) => add(mul(sum, y), k), x)]
  expect(codeOf(long, false).length).toBeGreaterThan(2500)
  expect(codeOf(long, true)).toEqual(codeOf(long, false))
})
