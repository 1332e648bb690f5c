/** Passes that reduce over axes or spread smaller trees, held against the float64 engine on shapes of all kinds. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { NdArray } from '../../../lib/data/ndArray.ts'
import { sizeOf } from '../../../lib/data/shape.ts'
import { add, div, type Expr, input, mul, sub } from '../../../lib/expr/expr.ts'
import { ArraysEngine, arraysCounters } from '../../../lib/hosts/arrays/engine.ts'
import { Heap } from '../../../lib/hosts/arrays/heap.ts'
import type { ArrayLeaf } from '../../../lib/hosts/arrays/leaf.ts'
import { float64Engine } from '../../../lib/hosts/float64/engine.ts'
import { axesIn, shapeAlong } from '../../../lib/rule/partPasses.ts'
import { makePass, type Pass, type PassReduction } from '../../../lib/rule/pass.ts'

const [g, a, b] = ['g', 'a', 'b'].map((name) => input('slot', name, 'cell')) as [Expr, Expr, Expr]

interface Case {
  readonly shapes: readonly (readonly number[])[]
  /** The axes along which what is written is 1, and those along which a and b are besides. */
  readonly ones: number
  readonly along: readonly [number, number]
  /** Reductions over axes, by their bits; and whether there is one over the leaf, too. */
  readonly over: readonly { readonly op: 'sum' | 'max'; readonly bits: number; readonly of: number }[]
  readonly leaf: boolean
  readonly outputs: number
  readonly special: boolean
  readonly seed: number
}

const operands = [g, a, mul(g, g), mul(g, a), b, sub(a, b)]
const outputsOf = [mul(g, a), add(a, b), sub(g, b), div(g, a)]

/** The pass of a case, as `partPasses` makes them. */
const passOf = ({ shapes, ones, along, over, leaf, outputs }: Case): Pass => {
  const reductions = over.map(({ op, bits, of }, id): PassReduction => {
    const expr = operands[of] as Expr
    const result = input('slot', ` ${op}${id}`, 'cell')
    const small = shapes.map((shape) => shapeAlong(shape, ones | bits))
    return { id, op, over: 'axes', expr, result, along: { axes: axesIn(bits), shapes: small } }
  })
  const whole: PassReduction[] = leaf
    ? [
        { id: 8, op: 'sum', over: 'leaf', expr: mul(g, a), result: input('reduced', 'l', 'leaf') },
        { id: 9, op: 'max', over: 'tree', expr: b, result: input('reduced', 't', 'step') },
      ]
    : []
  const made = outputsOf
    .slice(0, outputs)
    .map((expr, i) => ({ target: { to: 'slot', slot: i, name: `o${i}` } as const, expr }))
  const pass = makePass(made, [...reductions, ...whole])
  const bits = new Map([[g, ones], [a, ones | along[0]], [b, ones | along[1]]]) // biome-ignore format: a table
  const reads = pass.reads.map((node) => bits.get(node) as number)
  const key = `${pass.key}; ${ones} of ${shapes[0]?.length}: ${reads}; ${over.map((x) => `${x.bits}`)}`
  return { ...pass, key, spread: { ones, reads, shapes: shapes.map((shape) => shapeAlong(shape, ones)) } }
}

const extents = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(1, 2, 3, 4, 5, 7, 8, 9, 15, 17, 19, 33) },
  { weight: 1, arbitrary: fc.constantFrom(0, 67) },
)

const cases: fc.Arbitrary<Case> = fc.integer({ min: 1, max: 4 }).chain((rank) => {
  const bits = fc.integer({ min: 0, max: 2 ** rank - 1 })
  const some = fc.integer({ min: 1, max: 2 ** rank - 1 })
  const shape = fc.array(extents, { minLength: rank, maxLength: rank }).filter((list) => sizeOf(list) < 3000)
  return fc
    .record({
      shapes: fc.array(shape, { minLength: 1, maxLength: 3 }),
      ones: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: bits }),
      along: fc.tuple(bits, bits),
      over: fc.array(fc.record({ op: fc.constantFrom('sum', 'max'), bits: some, of: fc.nat(operands.length - 1) }), {
        maxLength: 3,
      }),
      leaf: fc.boolean(),
      outputs: fc.nat(outputsOf.length),
      special: fc.boolean(),
      seed: fc.nat(1000),
    })
    .map((made) => ({
      ...made,
      leaf: made.leaf && made.ones === 0,
      over: made.over.map((x) => ({ ...x, bits: x.bits & ~made.ones })).filter((x) => x.bits > 0) as Case['over'],
    }))
})

const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0, 3e38]

/** Numbers of a read: float32, now and then a special one. */
const numbers = (size: number, { seed, special }: Case, read: number): Float32Array =>
  Float32Array.from({ length: size }, (_, i) => {
    const n = (i * 7919 + seed * 104_729 + read * 31) % 1009
    return special && n < 12 ? (odd[n % odd.length] as number) : Math.sin(n) * 2 ** (n % 5)
  })

/** What a run made, and whether it wrote past what is its own: between all leaves stand others that nobody may touch. */
const runOn = (made: Case, pass: Pass) => {
  const heap = new Heap()
  const guards: ArrayLeaf[] = []
  const make = heap.make.bind(heap)
  const guarded = (shape: readonly number[]): ArrayLeaf => {
    const leaf = make(shape)
    const guard = make([5])
    guard.data.fill(-77)
    guards.push(guard)
    return leaf
  }
  heap.make = guarded
  const shapes = pass.spread?.shapes as Case['shapes']
  const reads = pass.reads.map((_, k) =>
    made.shapes.map((shape) => {
      const leaf = guarded(shapeAlong(shape, pass.spread?.reads[k] as number))
      leaf.data.set(numbers(leaf.size, made, k))
      return leaf
    }),
  )
  const before = { ...arraysCounters }
  const engine = new ArraysEngine(heap)
  const result = engine.run({ pass, shapes, reads, into: [], uniforms: [] })
  expect(arraysCounters.fallbacks).toBe(before.fallbacks)
  const isNest = arraysCounters.nested - before.nested
  const wide = reads.map((list) => list.map(({ data, shape }) => new NdArray(Float64Array.from(data), shape)))
  const meant = float64Engine.run({ pass, shapes, reads: wide, into: [], uniforms: [] })
  expect(guards.every(({ data }) => data.every((x) => x === -77))).toBe(true)
  reads.forEach((list, k) => {
    for (const leaf of list) expect(leaf.data).toEqual(numbers(leaf.size, made, k))
  })
  return { result, meant, isNest, wide, shapes }
}

/** The size of what is added up: sums of |x| over the same axes. */
const sizes = (pass: Pass, wide: readonly (readonly NdArray[])[], shapes: Case['shapes']) => {
  const positive = wide.map((list) =>
    list.map(
      ({ data, shape }) =>
        new NdArray(
          data.map((x) => Math.abs(x)),
          shape,
        ),
    ),
  )
  const summed: Pass = {
    ...pass,
    reductions: pass.reductions.map((r) => ({
      ...r,
      // |x − y| is at most |x| + |y|.
      expr: r.expr.kind === 'binary' && r.expr.op === 'sub' ? add(r.expr.x, r.expr.y) : r.expr,
    })),
  }
  return float64Engine.run({ pass: summed, shapes, reads: positive, into: [], uniforms: [] }).reductions
}

/** A sum is float64 of float32 terms, rounded once; a product is a term in float64, and `rounding` is that of any other. */
const isNear = (got: number, wanted: number, size: number, rounding: number): boolean => {
  const rounded = Math.fround(wanted)
  if (!Number.isFinite(rounded) || !Number.isFinite(size)) return Object.is(got, rounded)
  return Math.abs(got - wanted) <= 2 ** -24 * Math.abs(wanted) + (rounding + 1e-13) * size + 2 ** -149
}

test('random passes over axes are those of float64, each by a kernel, and touch nothing else', () => {
  let nests = 0
  fc.assert(
    fc.property(cases, (made) => {
      const pass = passOf(made)
      if (pass.outputs.length + pass.reductions.length === 0) return
      const { result, meant, isNest, wide, shapes } = runOn(made, pass)
      nests += isNest
      result.outputs.forEach((list, j) => {
        list.forEach(({ data }, leaf) => {
          const { data: wanted } = (meant.outputs[j] as readonly NdArray[])[leaf] as NdArray
          expect(data.filter((x, i) => !Object.is(x, Math.fround(wanted[i] as number)))).toEqual(new Float32Array())
        })
      })
      const size = sizes(pass, wide, shapes)
      pass.reductions.forEach(({ op, over, expr }, j) => {
        const isDifference = expr.kind === 'binary' && expr.op === 'sub'
        const numbersOf = (x: unknown): number[] =>
          over === 'axes' ? (x as (ArrayLeaf | NdArray)[]).flatMap(({ data }) => [...data]) : ([x].flat() as number[])
        const [got, wanted, most] = [result.reductions[j], meant.reductions[j], size[j]].map(numbersOf) as [
          number[],
          number[],
          number[],
        ]
        expect(got.length).toBe(wanted.length)
        const isRight = (value: number, i: number): boolean => {
          const [meaning, size] = [wanted[i] as number, most[i] as number]
          if (op === 'max') return value === meaning || Object.is(value, Math.fround(meaning))
          return isNear(over === 'axes' ? value : Math.fround(value), meaning, size, isDifference ? 2 ** -24 : 0)
        }
        expect(got.filter((value, i) => !isRight(value, i))).toEqual([])
      })
    }),
    { numRuns: 200 },
  )
  expect(nests).toBeGreaterThan(150)
})
