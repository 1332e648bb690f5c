/** The engine of intervals: a rule run once on everything that float32 arithmetic may make of it. */

import { NdArray } from '../../../lib/data/ndArray.ts'
import type { Expr } from '../../../lib/expr/expr.ts'
import { fold } from '../../../lib/expr/fold.ts'
import { sameShape } from '../../../lib/form/layout.ts'
import type { Engine, PassCall, PassResult } from '../../../lib/hosts/engine.ts'
import type { Host } from '../../../lib/hosts/host.ts'

import {
  exactly,
  type Interval,
  intervalBinary,
  intervalMax,
  intervalSelect,
  intervalSum,
  intervalUnary,
} from './interval.ts'

/** Intervals with a shape, row by row. */
export class Intervals {
  readonly cells: readonly Interval[]
  readonly shape: readonly number[]

  constructor(cells: readonly Interval[], shape: readonly number[]) {
    this.cells = cells
    this.shape = shape
  }
}

/** Numbers as an engine gets them. */
export const toIntervals = ({ data, shape }: NdArray): Intervals => new Intervals([...data].map(exactly), shape)

const sizeOf = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1)
const scalars = { number: exactly, unary: intervalUnary, binary: intervalBinary, select: intervalSelect }
const reduce = { sum: intervalSum, max: intervalMax }

const missing = (): never => {
  throw new Error('a pass holds a node that is neither read nor given')
}

/** Where element i of an array finds its number in one that is spread over it. */
const placeIn = (shape: readonly number[], small: readonly number[], i: number): number => {
  if (sameShape(shape, small)) return i
  let [rest, step, place] = [i, 1, 0]
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const extent = shape[axis] as number
    if (small[axis] !== 1) place += (rest % extent) * step
    rest = Math.floor(rest / extent)
    step *= small[axis] as number
  }
  return place
}

/** The meaning of a pass's expressions for one element. */
const meaningAt = (call: PassCall<Intervals, Interval>, leaf: number, i: number): ((expr: Expr) => Interval) => {
  const known = new Map<Expr, Interval>()
  call.pass.reads.forEach((node, k) => {
    const read = call.reads[k]?.[leaf] as Intervals
    known.set(node, read.cells[placeIn(call.shapes[leaf] as readonly number[], read.shape, i)] as Interval)
  })
  call.pass.uniforms.forEach(({ input, perLeaf }, k) => {
    const given = call.uniforms[k]
    const value = (perLeaf ? (given as readonly (number | Interval)[])[leaf] : given) as number | Interval
    known.set(input, typeof value === 'number' ? exactly(value) : value)
  })
  const input = (node: Expr): Interval => known.get(node) ?? missing()
  return fold<Interval>({ ...scalars, input, constant: missing, host: missing, fact: missing, reduce: missing })
}

const run = (call: PassCall<Intervals, Interval>): PassResult<Intervals, Interval> => {
  const meanings = call.shapes.map((shape, leaf) =>
    Array.from({ length: sizeOf(shape) }, (_, i) => meaningAt(call, leaf, i)),
  )
  const cells = (leaf: number, expr: Expr): Interval[] => (meanings[leaf] ?? []).map((meaning) => meaning(expr))
  return {
    outputs: call.pass.outputs.map(({ expr }) =>
      call.shapes.map((shape, leaf) => new Intervals(cells(leaf, expr), shape)),
    ),
    reductions: call.pass.reductions.map(({ op, over, along, expr }) => {
      if (along) {
        return call.shapes.map((shape, leaf) => {
          const small = along.shapes[leaf] as readonly number[]
          const values = cells(leaf, expr)
          const parts = Array.from({ length: sizeOf(small) }, (_, at) =>
            values.filter((_, i) => placeIn(shape, small, i) === at),
          )
          return new Intervals(parts.map(reduce[op]), small)
        })
      }
      const parts = call.shapes.map((_, leaf) => reduce[op](cells(leaf, expr)))
      return over === 'leaf' ? parts : reduce[op](parts)
    }),
  }
}

const intervalsEngine: Engine<Intervals, Interval> = {
  name: 'intervals',
  fast: false,
  scalars,
  run,
  read: ({ cells }) => cells[0] as Interval,
  write: (value) => new Intervals([value], []),
  fill: (shape, value) => toIntervals(new NdArray(new Float64Array(sizeOf(shape)).fill(value), shape)),
  copy: (intervals) => intervals,
  identity: (intervals) => intervals,
  dispose: () => undefined,
  scope: (f) => f(),
}

/** Runs rules on intervals; what is written by hand has no meaning there. */
export const intervalHost: Host<Intervals> = {
  name: 'intervals',
  engine: () => intervalsEngine as Engine<Intervals, unknown>,
  check: (leaf, shape) => {
    const right = leaf instanceof Intervals && (!shape || sameShape(leaf.shape, shape))
    return right ? undefined : { expected: `intervals of shape [${shape ?? ''}]`, got: String(leaf) }
  },
  areAlive: () => true,
}
