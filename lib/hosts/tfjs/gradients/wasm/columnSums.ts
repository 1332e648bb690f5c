import { type TensorInfo, util } from '@tensorflow/tfjs-core'
import { advance, assemble, type Code, countDown, i32, v128, when, whileTrue } from '../../../../simd/assembler.ts'
import { addressOf, cellsOf, instantiate, makeOutput, sizeOf, type WasmBackend } from './backend.ts'
import { loadLanes, storeLanes } from './vectors.ts'

/** A tensor as [outer, rows, columns], of which the rows are summed. */
interface Columns {
  readonly outer: number
  readonly rows: number
  readonly columns: number
}

export interface SumAttrs {
  readonly axis: number | number[]
  readonly keepDims: boolean
}

/** The axes as one, those before and those behind as one each; undefined where they do not lie side by side. */
export const besideOf = (shape: readonly number[], axis: number | number[]): Columns | undefined => {
  const axes = util.parseAxisParam(axis, [...shape]).sort((a, b) => a - b)
  const [first = 0, last = -1] = [axes[0], axes.at(-1)]
  if (axes.length !== last - first + 1) return undefined
  const [outer, rows, columns] = [shape.slice(0, first), shape.slice(first, last + 1), shape.slice(last + 1)].map(
    sizeOf,
  ) as [number, number, number]
  return { outer, rows, columns }
}

/** How a sum over these axes is one over rows; undefined where it is none, or only of rows of one element, or of nothing. */
export const columnsOf = (shape: readonly number[], axis: number | number[]): Columns | undefined => {
  const found = besideOf(shape, axis)
  return found && found.columns > 1 && found.outer * found.rows > 0 ? found : undefined
}

/**
 * The sum over axes that lie side by side, other axes behind them: tfjs's kernel `Sum` for its wasm backend, without the copy with its axes
 * exchanged that tfjs makes first. A gradient of what was broadcast over rows, a bias or a gain, is such a sum.
 *
 *     out[o, c] = Σ_r x[o, r, c],      added in the order of r, as tfjs does
 *
 * Shapes: x any that `columnsOf` takes, float32; the result without the axes, or with 1 for each where `keepDims`.
 */
export const columnSum = (backend: WasmBackend, { x }: { readonly x: TensorInfo }, attrs: SumAttrs): TensorInfo => {
  const { outer, rows, columns } = columnsOf(x.shape, attrs.axis)!
  const axes = util.parseAxisParam(attrs.axis, x.shape)
  const shape = x.shape.flatMap((size, n) => (axes.includes(n) ? (attrs.keepDims ? [1] : []) : [size]))
  const out = makeOutput(backend, shape, 'float32')
  const run = instantiate(backend, { key: 'column sums', bytes: columnSums }, true)
  const [from, to] = [addressOf(backend, x), addressOf(backend, out)]
  for (let o = 0; o < outer; o++) run(from + 4 * o * rows * columns, to + 4 * o * columns, rows, columns)
  return out
}

/** The mean over the same axes: tfjs's kernel `Mean`. */
export const columnMean = (backend: WasmBackend, inputs: { readonly x: TensorInfo }, attrs: SumAttrs): TensorInfo => {
  const { rows } = columnsOf(inputs.x.shape, attrs.axis)!
  const mean = columnSum(backend, inputs, attrs)
  const cells = cellsOf(backend, mean)
  for (let n = 0; n < cells.length; n++) cells[n]! /= rows
  return mean
}

/** Sums stay in registers while they go down the rows: sixteen columns at a time, then four, then what is left. */
export const columnSums = ({ shared }: { readonly shared: boolean }) =>
  assemble(['x', 'out', 'rows', 'columns'], shared, ({ param, local }) => {
    const [x, out, left] = [param('x'), param('out'), param('columns')]
    const [at, row, step] = [local('i32'), local('i32'), local('i32')]
    const sums = [0, 1, 2, 3].map(() => local('v128'))
    const strip = (vectors: number, lanes: number): Code => {
      const taken = sums.slice(0, vectors)
      return [
        at.set(x.get),
        row.set(param('rows').get),
        ...taken.map((sum) => sum.set(v128.zero)),
        countDown(
          row,
          ...taken.map((sum, n) => sum.set(v128.addF32(sum.get, loadLanes(lanes)(at.get, 16 * n)))),
          advance(at, step.get),
        ),
        ...taken.map((sum, n) => storeLanes(lanes)(out.get, sum.get, 16 * n)),
        ...[x, out].map((place) => advance(place, i32.const(4 * vectors * lanes))),
        advance(left, i32.const(-vectors * lanes)),
      ]
    }
    return [
      step.set(i32.mul(left.get, i32.const(4))),
      whileTrue(i32.geS(left.get, i32.const(16)), strip(4, 4)),
      whileTrue(i32.geS(left.get, i32.const(4)), strip(1, 4)),
      ...[3, 2, 1].map((lanes) => when(i32.eq(left.get, i32.const(lanes)), strip(1, lanes))),
    ]
  })
