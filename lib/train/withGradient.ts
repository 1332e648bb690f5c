import type * as tf from '@tensorflow/tfjs-core'
import type { GradientTransformation, Params } from '../form/transformation.ts'
import { dispose } from '../hosts/tfjs/dispose.ts'
import { tfjsHost } from '../hosts/tfjs/host.ts'
import { valueAndGrad } from '../hosts/tfjs/valueAndGrad.ts'
import { checkTrain, steppedTrain } from '../memory/consumed.ts'
import { checkDriver, checkUnmarked, type TrainOptions, trainKinds } from '../run/driver.ts'
import { runForm } from '../run/runForm.ts'

/** What a training loop carries. */
export interface TrainState<P, S> {
  readonly params: P
  readonly state: S
}

/** One step's result: the next train state, and the loss, which the caller disposes. */
export interface Trained<T> {
  readonly train: T
  readonly value: tf.Scalar
}

/** A loss and an optimizer as a training loop. */
export interface Trainer<T, P, Batch extends readonly unknown[]> {
  init(params: P): T
  step(train: T, ...batch: Batch): Trained<T>
}

const fix =
  'Take it there: with withLookaheadGradient, or withSampledGradient for IVON. Without a forecast leave predictSteps and predictAhead out.'

/**
 * Puts a loss and an optimizer together: each step takes the gradient at the parameters and applies the update.
 *
 *     g = ∇loss(params, ...batch);  [params', state'] = step(tx, g, state, params)
 *
 * `init` keeps the given parameters as they are (the train state holds the same tensors). Default: donate = false. With `donate: true`
 * each `step` consumes the train state that it is given, the first one also the parameters that `init` was given.
 *
 * Errors: `bad-rule` for what is no transformation and for a chain with a mark, whose forecast would be dropped; `bad-argument` for an
 * unknown option; those of `valueAndGrad` and of `step`.
 */
export const withGradient = <P extends Params, S, Batch extends readonly unknown[]>(
  loss: (params: P, ...batch: Batch) => tf.Scalar,
  tx: GradientTransformation<S>,
  options: TrainOptions<Batch> = {},
): Trainer<TrainState<P, S>, P, Batch> => {
  checkDriver('withGradient', tx, options, trainKinds)
  checkUnmarked('withGradient', tx, fix)
  const { donate = false, extra } = options
  const gradient = valueAndGrad(loss)
  return {
    init: (params) => ({ params, state: tx.init(params) }),
    step: (train, ...batch) => {
      checkTrain(train)
      const { params, state } = train
      const { value, grads } = gradient(params, ...batch)
      try {
        const given = { grads, spend: true, state, params, donate, extra: extra?.(...batch) }
        const next = runForm(tx.form, 'step', given, tfjsHost) as TrainState<P, S>
        steppedTrain(train, next, donate)
        return { train: next, value }
      } catch (error) {
        dispose([value, grads])
        throw error
      }
    },
  }
}
