import { checkRunOptions, type Kind, positiveInteger } from '../check/options.ts'
import { drawsAtCurvature, noCurvature } from '../errors/training.ts'
import { readsExtra } from '../form/named.ts'
import { isMarked } from '../form/stages.ts'
import { checkTransformation, type GradientTransformation } from '../form/transformation.ts'
import type { Shaped } from '../hosts/engine.ts'
import type { TrainingHost } from '../hosts/host.ts'
import type { Curvature } from './curvature.ts'
import { drawsOf } from './draws.ts'
import { type TrainOptions, trainKinds } from './driver.ts'
import { type TrainerOf, type TrainerState, trainOn } from './loop.ts'

/** A train state with how many steps there were; and with the place of the next gradient, where the optimizer has a forecast. */
export interface CurvedState<P, S> extends TrainerState<P, S> {
  readonly steps: number
}

/** Options of `withHessianDiagonal`. */
export interface HessianDiagonalOptions<P, Batch extends readonly unknown[]> extends TrainOptions<Batch> {
  /** Estimates the Hessian's diagonal by the number of the step, at the place where the gradient is taken. */
  readonly estimator: (step: number, params: P, ...batch: Batch) => P
  /** How many steps one estimate is for: the updateInterval of the optimizer. Default: 10. */
  readonly updateInterval?: number
}

const where = 'withHessianDiagonal'

const estimatorKind: Kind = {
  expected: 'a function of the step, the parameters and the batch',
  test: (x) => typeof x === 'function',
}

/** Checks that what is estimated is read, and that nothing else is left out. Errors: `bad-rule`. */
const checkReads = ({ name, form }: Pick<GradientTransformation, 'name' | 'form'>): void => {
  if (!readsExtra(form, 'hessianDiagonal')) throw noCurvature(where, name)
  if (drawsOf(form)) throw drawsAtCurvature(where, name)
}

/** `withHessianDiagonal` on a host: every updateInterval-th step estimates the curvature, too. */
export const withHessianDiagonalOn =
  <B extends Shaped, V, L>(host: TrainingHost<B, V, L>) =>
  <P, S, Batch extends readonly unknown[]>(
    loss: (params: P, ...batch: Batch) => L,
    tx: GradientTransformation<S>,
    options: HessianDiagonalOptions<P, Batch>,
  ): TrainerOf<CurvedState<P, S>, P, Batch, V> => {
    const kinds = { ...trainKinds, estimator: estimatorKind, updateInterval: positiveInteger }
    checkTransformation(`${where}: tx`, tx)
    checkRunOptions(where, options, kinds, ['estimator'])
    checkReads(tx)
    const { estimator: estimate, updateInterval: every = 10 } = options
    const curvature = { every, estimate: estimate as unknown as Curvature['estimate'] }
    const needs = { mark: isMarked(tx.form), previous: readsExtra(tx.form, 'gradAtPrevious', false), curvature }
    return trainOn(host, loss, tx, needs, options)
  }
