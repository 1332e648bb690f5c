import * as tf from '@tensorflow/tfjs-core'
import { ForegradError } from '../../../lib/data/error.ts'
import { treeLeaves, treeMap } from '../../../lib/data/tree.ts'
import { readsExtra } from '../../../lib/form/named.ts'
import type { GradientTransformation, Params } from '../../../lib/form/transformation.ts'
import { dispose } from '../../../lib/hosts/tfjs/dispose.ts'
import { checkTrain, stepped, steppedTrain } from '../../../lib/memory/consumed.ts'
import { checkDriver, checkUnmarked, type TrainOptions, trainKinds } from '../../../lib/run/driver.ts'
import { step as take } from '../../../lib/train/step.ts'
import type { Trainer, TrainState } from '../../../lib/train/withGradient.ts'
import { pairedGradients } from './pairedGradients.ts'

/** A train state with the parameters before the last update. */
export interface PairedState<P, S> extends TrainState<P, S> {
  readonly previous: P
}

const fix =
  'It takes gradients at the parameters and at those before them, nowhere else: leave predictSteps and predictAhead out.'

/** Checks that the second gradient is not taken for nothing. Errors: `bad-rule`. */
const checkReads = ({ name, form }: Pick<GradientTransformation, 'name' | 'form'>): void => {
  if (readsExtra(form, 'gradAtPrevious')) return
  const expected = 'a stage that reads gradAtPrevious'
  const fault = { path: `withPairedGradient: ${name}`, expected, got: 'none' }
  throw new ForegradError('bad-rule', [fault], "Set mode: 'exact' in MARS; for other optimizers use withGradient.")
}

/** Disposes what is in the old train state and not in the new one. */
const consume = (old: unknown, made: unknown): void => {
  const kept = new Set(treeLeaves(made as never))
  dispose(treeLeaves(old as never).filter((leaf) => !kept.has(leaf)))
}

/**
 * Puts a loss and an optimizer together, with the gradient of every batch at two places: at the parameters and at those before the last
 * update. The second reaches the optimizer as the tree `gradAtPrevious`. Two forward and backward passes a step.
 *
 *     { g, gradAtPrevious } = pairedGradients(loss)(params, previous, ...batch)
 *     [params', state'] = step(tx, g, state, params, { extra: { gradAtPrevious } });  previous' = params
 *
 * Before the first update `previous` is the parameters; what the correction makes of that, its firstStep says. Default: donate = false. With
 * `donate: true` the train state that a step is given is consumed: its buffers are given back, none is written in place.
 *
 * Errors: `bad-rule` for what is no transformation, for a chain with a mark and for one that never reads `gradAtPrevious`; `bad-argument` for
 * an unknown option; those of `valueAndGrad` and of `step`. Source: Yuan et al. 2024, arXiv 2411.10438, the exact form; the published script
 * instead takes the gradient of the next batch before it steps, which is the same.
 */
export const withPairedGradient = <P extends Params, S, Batch extends readonly unknown[]>(
  loss: (params: P, ...batch: Batch) => tf.Scalar,
  tx: GradientTransformation<S>,
  options: TrainOptions<Batch> = {},
): Trainer<PairedState<P, S>, P, Batch> => {
  checkDriver('withPairedGradient', tx, options, trainKinds)
  checkUnmarked('withPairedGradient', tx, fix)
  checkReads(tx)
  const { donate = false, extra } = options
  const gradients = pairedGradients(loss)
  return {
    init: (params) => ({ params, state: tx.init(params), previous: params }),
    step: (train, ...batch) => {
      checkTrain(train)
      const { params, state, previous } = train
      const { value, grads, gradAtPrevious } = gradients(params, previous, ...batch)
      try {
        const made = take(tx, grads, state, params, { extra: { ...extra?.(...batch), gradAtPrevious } })
        const before = donate ? params : treeMap<tf.Tensor, tf.Tensor>(params, (leaf) => tf.clone(leaf))
        const next = { ...made, previous: before } as PairedState<P, S>
        if (donate) {
          consume(train, next)
          stepped(state, next.state, donate)
        }
        steppedTrain(train, next, donate)
        return { train: next, value }
      } catch (error) {
        value.dispose()
        throw error
      } finally {
        dispose([grads, gradAtPrevious])
      }
    },
  }
}
