/** What boosting does with class scores, on tensors and on plain numbers. */
import * as tf from '@tensorflow/tfjs-core'
import type { Kind } from '../../../lib/check/options.ts'
import { type Fault, raiseAs } from '../../../lib/errors/error.ts'
import { badScores, mixedScores, noExits, noFactors, noScores } from '../../../lib/errors/transforms/methods.ts'
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

/** Scores of one kind. */
export interface ScoresOf<A> {
  readonly zeros: (x: A) => A
  readonly add: (x: A, y: A) => A
  readonly scale: (x: A, k: number) => A
  readonly frozen: (x: A) => A
}

export const tensorScores: ScoresOf<tf.Tensor2D> = {
  zeros: (x) => tf.zerosLike(x),
  add: (x, y) => tf.add(x, y),
  scale: (x, k) => tf.mul(x, k),
  frozen: (x) => gradientRescale(x, 0),
}

export const numberScores: ScoresOf<Scores> = {
  zeros: (x) => x.map((row) => row.map(() => 0)),
  add: (x, y) => x.map((row, i) => row.map((value, j) => value + (y[i]?.[j] as number))),
  scale: (x, k) => x.map((row) => row.map((value) => value * k)),
  frozen: (x) => x,
}

/** True for exits given as tensors. Errors: `bad-argument` when there is none, or when they are of two kinds. */
/** True for a list of numbers. */
export const isNumbers = (x: unknown): boolean => Array.isArray(x) && x.every((value) => typeof value === 'number')
const isScores = (x: unknown): boolean => Array.isArray(x) && Array.from(x).every(isNumbers)

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
