/** Plain numbers with noise: a rule run once as float32 arithmetic might have run it, by chance. */
import { NdArray } from '../../lib/data/ndArray.ts'
import { spreadPlaces } from '../../lib/data/spread.ts'
import type { Expr } from '../../lib/expr/expr.ts'
import { fold } from '../../lib/expr/fold.ts'
import { binaryMeaning, mapRecord, unaryMeaning } from '../../lib/expr/meaning.ts'
import type { ArrayOps } from '../../lib/hosts/arrayOps.ts'
import type { Engine, PassCall, PassResult } from '../../lib/hosts/engine.ts'
import { float64Engine } from '../../lib/hosts/float64/engine.ts'
import { float64Host } from '../../lib/hosts/float64/host.ts'
import { float64Ops } from '../../lib/hosts/float64/ops.ts'
import type { Host } from '../../lib/hosts/host.ts'
import { type Chance, chanceOf } from './chance.ts'

/** How much an operation may be wrong, relative to its result: sixteen units in the last place of float32. */
const noise = 2 ** -20

const missing = (): never => {
  throw new Error('a pass holds a node that is neither read nor given')
}

/** Operations that float32 does without error. */
const exact = ['neg', 'abs', 'sign', 'min', 'max', 'floor', 'isNaN', 'isFinite', 'less', 'lessEqual', 'equal']

/** Arithmetic whose every operation is rounded to float32 after it was changed by chance. What is exact, like a comparison, stays. */
const arithmetic = ({ number }: Chance) => {
  const near = (x: number): number => (Number.isInteger(x) && Math.abs(x) <= 1 ? x : rough(x))
  const rough = (x: number): number => Math.fround(x * (1 + (number() < 0.5 ? -noise : noise) * number()))
  return {
    rough,
    number: near,
    unary: mapRecord(unaryMeaning, (f, op) => (x: number) => (exact.includes(op) ? f(x) : near(f(x)))),
    binary: mapRecord(
      binaryMeaning,
      (f, op) => (x: number, y: number) => (exact.includes(op) ? f(x, y) : near(f(x, y))),
    ),
    select: (test: number, yes: number, no: number): number => (test !== 0 ? yes : no),
    reduce: {
      sum: (xs: readonly number[]): number => xs.reduce((sum, x) => rough(sum + x), 0),
      max: (xs: readonly number[]): number => xs.reduce((most, x) => Math.max(most, x), Number.NEGATIVE_INFINITY),
    },
  }
}

const runWith = (chance: Chance) => {
  const { unary, binary, select, reduce, number } = arithmetic(chance)
  /** Numbers of a step or a leaf are rounded once a pass. */
  const uniformsOf = ({ pass, uniforms }: PassCall<NdArray, number>) =>
    pass.uniforms.map(({ input, perLeaf }, k) => {
      const given = uniforms[k]
      return [input, perLeaf ? (given as readonly number[]).map(number) : number(given as number)] as const
    })
  return (call: PassCall<NdArray, number>): PassResult<NdArray, number> => {
    const uniforms = uniformsOf(call)
    const places = call.shapes.map((shape, leaf) =>
      call.reads.map((list) => spreadPlaces(shape, (list[leaf] as NdArray).shape)),
    )
    const placesOf = (leaf: number, k: number): Int32Array | undefined => places[leaf]?.[k]
    const meaningAt = (leaf: number, i: number): ((expr: Expr) => number) => {
      const known = new Map<Expr, number>(
        call.pass.reads.map((node, k) => [node, call.reads[k]?.[leaf]?.data[placesOf(leaf, k)?.[i] ?? i] as number]),
      )
      for (const [input, x] of uniforms) known.set(input, typeof x === 'number' ? x : (x[leaf] as number))
      const input = (node: Expr): number => known.get(node) ?? missing()
      return fold<number>({
        unary,
        binary,
        select,
        input,
        constant: missing,
        host: missing,
        fact: missing,
        reduce: missing,
      })
    }
    const meanings = call.shapes.map((shape, leaf) =>
      Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, i) => meaningAt(leaf, i)),
    )
    const cells = (leaf: number, expr: Expr): number[] => (meanings[leaf] ?? []).map((meaning) => meaning(expr))
    return {
      outputs: call.pass.outputs.map(({ expr }) =>
        call.shapes.map((shape, leaf) => new NdArray(Float64Array.from(cells(leaf, expr)), shape)),
      ),
      reductions: call.pass.reductions.map(({ op, over, along, expr }) => {
        if (along) {
          return call.shapes.map((shape, leaf) => {
            const small = along.shapes[leaf] as readonly number[]
            const at = spreadPlaces(shape, small)
            const parts = Array.from({ length: small.reduce((n, d) => n * d, 1) }, (): number[] => [])
            cells(leaf, expr).forEach((x, i) => {
              parts[at[i] as number]?.push(x)
            })
            return new NdArray(
              Float64Array.from(parts, (part) => reduce[op](part)),
              small,
            )
          })
        }
        const parts = call.shapes.map((_, leaf) => reduce[op](cells(leaf, expr)))
        return over === 'leaf' ? parts : reduce[op](parts)
      }),
    }
  }
}

/** The magnitudes of an array's numbers. */
const magnitudes = ({ data, shape }: NdArray): NdArray => new NdArray(data.map(Math.abs), shape)

/**
 * The array operations with noise: each number of a result by that of its own, a sum's and a product of matrices' by that of the magnitudes it
 * adds. What moves numbers is exact.
 */
const noisyOps = ({ number }: Chance): ArrayOps<NdArray> => {
  const moved = (made: NdArray, sizes: NdArray): NdArray =>
    new NdArray(
      made.data.map((x, i) => {
        const size = Math.abs(sizes.data[i] as number)
        const whole = Number.isInteger(x) && Number.isInteger(size) && size <= 1
        return whole || !Number.isFinite(size) ? x : Math.fround(x + (2 * number() - 1) * noise * size)
      }),
      made.shape,
    )
  const rough = <Args extends readonly unknown[]>(f: (...args: Args) => NdArray, op: string) =>
    exact.includes(op) ? f : (...args: Args): NdArray => moved(f(...args), f(...args))
  return {
    ...float64Ops,
    ...mapRecord(unaryMeaning, (_, op) => rough(float64Ops[op], op)),
    ...mapRecord(binaryMeaning, (_, op) => rough(float64Ops[op], op)),
    sum: (x, axes, keep) => moved(float64Ops.sum(x, axes, keep), float64Ops.sum(magnitudes(x), axes, keep)),
    matMul: (x, y) => moved(float64Ops.matMul(x, y), float64Ops.matMul(magnitudes(x), magnitudes(y))),
  }
}

/** The float64 host with noise in the passes of rules and in the array operations; the same noise for the same seed. */
export const noisyHost = (seed: number): Host<NdArray> => {
  const chance = chanceOf('noise', seed)
  const { unary, binary, select, number } = arithmetic(chance)
  const engine = { ...float64Engine, scalars: { number, unary, binary, select }, run: runWith(chance) }
  return { ...float64Host, engine: () => engine as Engine<NdArray, unknown>, ops: noisyOps(chance) }
}
