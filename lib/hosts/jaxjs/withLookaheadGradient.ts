import { noMark } from '../../errors/training.ts'
import { isMarked } from '../../form/stages.ts'
import type { GradientTransformation } from '../../form/transformation.ts'
import { checkDriver } from '../../train/driver.ts'
import {
  type JaxjsLoss,
  type JaxjsTrain,
  type JaxjsTrainer,
  type JaxjsTrainOptions,
  jaxjsTrainKinds,
  trainJaxjs,
} from './train.ts'

/** A train state with the place where the next gradient is taken. */
export interface JaxjsLookahead<P> extends JaxjsTrain<P> {
  readonly ahead: P
}

/**
 * Puts a loss and an optimizer together on jax-js, with the gradient taken at the predicted parameters and applied to the real ones.
 *
 *     g = ∇loss(ahead, ...batch);  [params', state'] = the step of tx;  ahead' = the mark of tx, after this update
 *
 * Before the first update `ahead` is the parameters. Ownership, defaults and errors as `withGradient` has them; `bad-rule` for a chain without
 * a mark.
 *
 * Source: Guan 2023, arXiv 2302.00195; Guan et al. 2023, arXiv 2305.18240 (XGrad).
 */
export const withLookaheadGradient = <P, Batch extends readonly unknown[]>(
  loss: JaxjsLoss<P, Batch>,
  tx: GradientTransformation,
  options: JaxjsTrainOptions<Batch> = {},
): JaxjsTrainer<JaxjsLookahead<P>, P, Batch> => {
  checkDriver('withLookaheadGradient', tx, options, jaxjsTrainKinds)
  if (!isMarked(tx.form)) throw noMark(tx.name)
  return trainJaxjs(loss, tx, options, true) as JaxjsTrainer<JaxjsLookahead<P>, P, Batch>
}
