import type * as tf from '@tensorflow/tfjs-core'
import { ForegradError } from '../data/error.ts'
import { isMarked } from '../form/stages.ts'
import type { GradientTransformation, Params } from '../form/transformation.ts'
import { dispose } from '../hosts/tfjs/dispose.ts'
import { tfjsHost } from '../hosts/tfjs/host.ts'
import { valueAndGrad } from '../hosts/tfjs/valueAndGrad.ts'
import { checkTrain, steppedTrain } from '../memory/consumed.ts'
import { checkDriver, type TrainOptions, trainKinds } from '../run/driver.ts'
import { runForm } from '../run/runForm.ts'
import type { Trainer, TrainState } from './withGradient.ts'

/** A train state with the place where the next gradient is taken. */
export interface LookaheadState<P, S> extends TrainState<P, S> {
  readonly ahead: P
}

const unmarked = (name: string): ForegradError => {
  const fault = { path: `withLookaheadGradient: ${name}`, expected: 'a mark', got: 'none in the chain' }
  const advice = 'Put predictAhead into the chain or set predictSteps; without a forecast use withGradient.'
  return new ForegradError('bad-rule', [fault], advice)
}

/**
 * Puts a loss and an optimizer together, with the gradient taken at the predicted parameters and applied to the real ones.
 *
 *     g = ∇loss(ahead, ...batch);  [params', state'] = step(tx, g, state, params);  ahead' = the mark of tx, after this update
 *
 * Before the first update there is no direction: `init` sets `ahead` to the parameters. `ahead'` is written by the same fused pass that
 * writes the new parameters. With `predictSteps: 0` in an optimizer there is no mark: use `withGradient`. Default: donate = false. With
 * `donate: true` each `step` consumes `ahead`, too: engines that write in place return the same tensors.
 *
 * Errors: `bad-rule` for what is no transformation and for a chain without a mark, `bad-argument` for an unknown option; those of `valueAndGrad` and of `step`.
 *
 * Source: Guan 2023, arXiv 2302.00195 (AdamW with weight prediction); Guan et al. 2023, arXiv 2305.18240 (XGrad).
 */
export const withLookaheadGradient = <P extends Params, S, Batch extends readonly unknown[]>(
  loss: (params: P, ...batch: Batch) => tf.Scalar,
  tx: GradientTransformation<S>,
  options: TrainOptions<Batch> = {},
): Trainer<LookaheadState<P, S>, P, Batch> => {
  checkDriver('withLookaheadGradient', tx, options, trainKinds)
  const { donate = false, extra } = options
  if (!isMarked(tx.form)) throw unmarked(tx.name)
  const gradient = valueAndGrad(loss)
  return {
    init: (params) => ({ params, state: tx.init(params), ahead: params }),
    step: (train, ...batch) => {
      checkTrain(train)
      const { params, state, ahead } = train
      const { value, grads } = gradient(ahead, ...batch)
      try {
        const given = { grads, spend: true, state, params, donate, ahead, extra: extra?.(...batch) }
        const next = runForm(tx.form, 'lookahead', given, tfjsHost) as LookaheadState<P, S>
        steppedTrain(train, next, donate)
        return { train: next, value }
      } catch (error) {
        dispose([value, grads])
        throw error
      }
    },
  }
}
