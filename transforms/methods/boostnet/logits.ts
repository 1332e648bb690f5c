/** Class scores, of tensors and of plain numbers, as boosting computes with them. */
import type * as tf from '@tensorflow/tfjs-core'
import type { Kind } from '../../../lib/check/options.ts'
import { NdArray } from '../../../lib/data/ndArray.ts'
import { type Fault, raiseAs } from '../../../lib/errors/error.ts'
import { badScores, mixedScores, noExits, noFactors, noScores } from '../../../lib/errors/transforms/methods.ts'
import { type ArrayOps, scoped } from '../../../lib/hosts/arrayOps.ts'
import type { Shaped } from '../../../lib/hosts/engine.ts'
import { float64Ops } from '../../../lib/hosts/float64/ops.ts'
import { tensorOps } from '../../../lib/hosts/tfjs/ops.ts'
import { isTensor } from '../../../lib/hosts/tfjs/tensor.ts'
import { gradientRescale } from './gradientRescale.ts'

/** Class scores as plain numbers: rows of one number a class. */
export type Scores = readonly (readonly number[])[]

/** How an exit's predecessors count: one number, or one an exit. */
export type Reweight = number | readonly number[]
export const reweightKind: Kind = {
  expected: 'a number, or one an exit',
  test: (x) => typeof x === 'number' || Array.isArray(x),
}

/** True for a list of numbers. */
export const isNumbers = (x: unknown): boolean => Array.isArray(x) && x.every((value) => typeof value === 'number')
/** True for rows of one number a class. */
const isScores = (x: unknown): boolean =>
  Array.isArray(x) && Array.from(x).every((row) => isNumbers(row) && row.length === x[0].length)

/** True for exits given as tensors. Errors: `bad-argument` when there is none, or when they are of two kinds. */
export const areTensors = (where: string, logits: unknown): boolean => {
  const list: readonly unknown[] = Array.isArray(logits) ? Array.from(logits) : []
  const tensors = list.filter(isTensor).length
  const faults: Fault[] = []
  if (list.length === 0) faults.push(noExits(where, logits))
  if (tensors === 0)
    list.forEach((scores, n) => {
      if (!isScores(scores)) faults.push(noScores(`${where}[${n}]`, scores))
    })
  if (tensors > 0 && tensors < list.length) faults.push(mixedScores(where))
  raiseAs(badScores, faults)
  return tensors > 0
}

/** One factor an exit. Errors: `bad-hyperparameter`. */
export const factorsOf = (where: string, rho: Reweight, exits: number): readonly number[] => {
  const factors = typeof rho === 'number' ? new Array<number>(exits).fill(rho) : rho
  const isGood = Array.isArray(factors) && factors.length === exits && factors.every(Number.isFinite)
  if (!isGood) throw noFactors(where, exits, rho)
  return factors
}

/** How boosting computes: by array operations, and by what lets no gradient pass. */
export interface OnScores<A extends Shaped> {
  readonly ops: ArrayOps<A>
  readonly frozen: (x: A) => A
}

const onTensors: OnScores<tf.Tensor> = { ops: tensorOps, frozen: (x) => gradientRescale(x, 0) }
const onNumbers: OnScores<NdArray> = { ops: float64Ops, frozen: (x) => x }

const arrayOf = (scores: Scores): NdArray =>
  new NdArray(Float64Array.from(scores.flat()), [scores.length, scores[0]?.length ?? 0])

const rowsOf = ({ data, shape: [rows = 0, classes = 0] }: NdArray): number[][] =>
  Array.from({ length: rows }, (_, i) => [...data.subarray(i * classes, (i + 1) * classes)])

/** What `f` makes of the scores of every exit, of their own kind; what it makes on its way is given back. Errors: as `areTensors`. */
export const byScores = (
  where: string,
  logits: readonly unknown[],
  f: <A extends Shaped>(on: OnScores<A>, exits: readonly A[]) => readonly A[],
): unknown[] =>
  areTensors(where, logits)
    ? [...scoped(tensorOps, () => f(onTensors, logits as readonly tf.Tensor[]))]
    : f(onNumbers, (logits as readonly Scores[]).map(arrayOf)).map(rowsOf)
