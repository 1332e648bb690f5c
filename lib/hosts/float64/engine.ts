/** The float64 engine: plain numbers, one element at a time. It is the meaning that the others must agree with. */

import { NdArray } from '../../data/ndArray.ts'
import { sizeOf } from '../../data/shape.ts'
import { spreadPlaces } from '../../data/spread.ts'
import { strayNode } from '../../errors/faultsOfOurs.ts'
import type { Expr } from '../../expr/expr.ts'
import { type Algebra, fold } from '../../expr/fold.ts'
import { closures, type Thunk } from '../../expr/meaning.ts'
import type { Engine, PassCall, PassResult } from '../engine.ts'
import { hostScalars } from '../scalars.ts'

/** Where the loop stands: which leaf, and which element of it. */
interface Place {
  leaf: number
  i: number
}

const bodyAlgebra = (call: PassCall<NdArray, number>): Algebra<Thunk<Place>> => {
  const { pass, reads, uniforms } = call
  const lookup = new Map<Expr, Thunk<Place>>()
  pass.reads.forEach((node, k) => {
    const arrays = reads[k] as readonly NdArray[]
    lookup.set(node, ({ leaf, i }) => arrays[leaf]?.data[i] as number)
    const { spread } = pass
    if (!spread || spread.reads[k] === spread.ones) return
    const places = arrays.map(({ shape }, leaf) => spreadPlaces(call.shapes[leaf] as readonly number[], shape))
    lookup.set(node, ({ leaf, i }) => arrays[leaf]?.data[places[leaf]?.[i] as number] as number)
  })
  pass.uniforms.forEach(({ input, perLeaf }, k) => {
    const value = uniforms[k]
    lookup.set(input, perLeaf ? ({ leaf }) => (value as readonly number[])[leaf] as number : () => value as number)
  })
  const missing = (): never => {
    throw strayNode()
  }
  return closures<Place>({ input: (node) => lookup.get(node) ?? missing(), fact: missing, reduce: missing })
}

const combine = { sum: (a: number, b: number): number => a + b, max: (a: number, b: number): number => Math.max(a, b) }
const start = { sum: 0, max: Number.NEGATIVE_INFINITY }

const reduceLeaf = (op: 'sum' | 'max', value: Thunk<Place>, leaf: number, size: number): number => {
  let result = start[op]
  for (let i = 0; i < size; i++) result = combine[op](result, value({ leaf, i }))
  return result
}

/** A reduction over axes: each element goes where it belongs in the smaller array. */
const reduceAxes = (
  op: 'sum' | 'max',
  value: Thunk<Place>,
  leaf: number,
  shape: readonly number[],
  small: readonly number[],
): NdArray => {
  const result = new Float64Array(sizeOf(small)).fill(start[op])
  spreadPlaces(shape, small).forEach((place, i) => {
    result[place] = combine[op](result[place] as number, value({ leaf, i }))
  })
  return new NdArray(result, small)
}

const run = (call: PassCall<NdArray, number>): PassResult<NdArray, number> => {
  const meaning = fold(bodyAlgebra(call))
  const sizes = call.shapes.map(sizeOf)
  const outputs = call.pass.outputs.map(({ expr }) => {
    const value = meaning(expr)
    return call.shapes.map(
      (shape, leaf) =>
        new NdArray(
          Float64Array.from({ length: sizes[leaf] as number }, (_, i) => value({ leaf, i })),
          shape,
        ),
    )
  })
  const reductions = call.pass.reductions.map(({ op, over, along, expr }) => {
    if (along) {
      const value = meaning(expr)
      return call.shapes.map((shape, k) => reduceAxes(op, value, k, shape, along.shapes[k] as readonly number[]))
    }
    const parts = sizes.map((size, leaf) => reduceLeaf(op, meaning(expr), leaf, size))
    return over === 'leaf' ? parts : parts.reduce((a, b) => combine[op](a, b), start[op])
  })
  return { outputs, reductions }
}

export const float64Engine: Engine<NdArray, number> = {
  name: 'float64',
  fast: false,
  scalars: hostScalars,
  run,
  read: ({ data }) => data[0] as number,
  write: (value) => new NdArray(Float64Array.of(value), []),
  fill: (shape, value) => new NdArray(new Float64Array(sizeOf(shape)).fill(value), shape),
  copy: ({ data, shape }) => new NdArray(Float64Array.from(data), shape),
  identity: ({ data }) => data,
  dispose: () => undefined,
  scope: (f) => f(),
}
