import type * as tf from '@tensorflow/tfjs-core'
import { type Excess, noExcess } from '../../data/excess.ts'
import type { GradientTransformation, ParamsLike } from '../../form/transformation.ts'
import { type SampledOptions, type SampledState, withSampledGradientOn } from '../../train/withSampledGradient.ts'
import { type Trainer, tfjsTraining } from './trainingHost.ts'

/**
 * Puts a loss and IVON together: each gradient is taken at weights drawn from the Gaussian and applied to its mean.
 *
 *     z_k = normalTree(key, params, k),  k counts the draws
 *     g   = ∇loss(params + z_k / √(ess·(h + δ)), ...batch)
 *     [params', state'] = step(tx, g, state, params) given z_k;  ahead' = params' + z_(k+1) / √(ess·(h' + δ))
 *
 * The mark of `scaleByIvon` is that sum: the pass that writes the new parameters also writes the next sampled ones. With mcSamples > 1 a
 * step takes so many gradients, all on its batch and at draws around the same parameters, and updates with their means; `value` is the mean loss.
 * There is no hidden state: equal keys and batches give equal runs, also when one goes on from a stored train state.
 *
 * Default: donate = false. Errors: `bad-rule` when the chain has no mark, `bad-argument` when the mark is not IVON's and for an unknown option, `bad-hyperparameter` for what is no key; those of `valueAndGrad` and `step`.
 * Source: Shen et al. 2024, Algorithm 1, arXiv 2402.17641.
 */
export const withSampledGradient = <P extends ParamsLike<P>, S, Batch extends readonly unknown[]>(
  loss: (params: P, ...batch: Batch) => tf.Tensor,
  tx: GradientTransformation<S>,
  options: SampledOptions<Batch>,
  ...excess: Excess
): Trainer<SampledState<P, S>, P, Batch> => {
  noExcess('withSampledGradient', excess)
  return withSampledGradientOn(tfjsTraining)(loss, tx, options)
}
