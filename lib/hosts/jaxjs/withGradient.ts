import { otherDriverOnJaxjs } from '../../errors/training.ts'
import type { GradientTransformation } from '../../form/transformation.ts'
import { checkDriver, checkUnmarked } from '../../train/driver.ts'
import {
  type JaxjsLoss,
  type JaxjsTrain,
  type JaxjsTrainer,
  type JaxjsTrainOptions,
  jaxjsTrainKinds,
  trainJaxjs,
} from './train.ts'

/**
 * Puts a loss and an optimizer together on jax-js: each step takes the gradient at the parameters and applies the update.
 *
 *     g = ∇loss(params, ...batch);  [params', state'] = the step of tx
 *
 * The loss is one of jax-js's functions, consumes what it is given, and is traced by `jit` for each shape of its arguments. `init` consumes the parameters, each `step`
 * the train state and the batch: `.ref` keeps an array. Default: scalars = 'host', counters and rates in float64, and no rate compiles anything;
 * with 'graph' a step is one `jit` and the counters are arrays. jax-js is lazy: await `blockUntilReady(train)`, or a loss, now and then.
 *
 * Errors: `bad-rule` for what is no transformation and for a chain with a mark, whose forecast would be dropped; `bad-argument` for an unknown
 * option; `unsupported` for stages that have no functions for jax-js; `disposed-tensor` for a train state that was consumed; those of `step`.
 */
export const withGradient = <P, Batch extends readonly unknown[]>(
  loss: JaxjsLoss<P, Batch>,
  tx: GradientTransformation,
  options: JaxjsTrainOptions<Batch> = {},
): JaxjsTrainer<JaxjsTrain<P>, P, Batch> => {
  checkDriver('withGradient', tx, options, jaxjsTrainKinds)
  checkUnmarked('withGradient', tx, otherDriverOnJaxjs)
  return trainJaxjs(loss, tx, options, false)
}
