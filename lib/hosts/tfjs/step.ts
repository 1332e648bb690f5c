import { type Excess, noExcess } from '../../data/excess.ts'
import type { GradientTransformation, Grads, Params, ParamsLike } from '../../form/transformation.ts'
import type { TrainState } from '../../train/loop.ts'
import { type StepOptions, stepOn } from '../../train/step.ts'
import { tfjsHost } from './host.ts'

/**
 * Updates and applies in one fused pass: the parameters and the state after one step.
 *
 *     [u, state'] = tx.update(grads, state, params);  params' = params + u
 *
 * Shapes: `params'` is shaped like `params`. Defaults: donate = false, which leaves everything given as it is. With `donate: true` the
 * given params and state are consumed: nobody may read them afterwards, and the returned trees may hold the very same tensors:
 * what is to be kept is cloned before (docs/reliability.md has early stopping as an example). A mark
 * (`predictAhead`) is ignored, as `update` ignores it: the gradients are the caller's, and so is where they are taken.
 *
 * Errors: `tree-mismatch`, `disposed-tensor`, `missing-params`, `missing-signal`, with all faults at once, before anything is written or
 * consumed; `bad-rule` for what is no transformation, `bad-argument` for an unknown option.
 */
export const step = <P extends ParamsLike<P>, S>(
  tx: GradientTransformation<S>,
  grads: NoInfer<P> | Grads,
  state: S,
  params: P,
  options: StepOptions = {},
  ...excess: Excess
): TrainState<P, S> => {
  noExcess('step', excess)
  return stepOn(tfjsHost)(tx, grads as Grads, state, params as Params, options) as unknown as TrainState<P, S>
}
