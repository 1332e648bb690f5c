import { type Excess, noExcess } from '../../data/excess.ts'
import type { Params, ParamsLike, Updates } from '../../form/transformation.ts'
import { applyUpdatesOn } from '../../train/applyUpdates.ts'
import { tfjsHost } from './host.ts'

/**
 * Adds updates to parameters: params + updates, leaf by leaf. Both stay as they are.
 *
 * Errors: `tree-mismatch` with every leaf that is missing, extra, of another shape or no float32 tensor; `disposed-tensor`.
 */
export const applyUpdates = <P extends ParamsLike<P>>(
  params: P,
  updates: NoInfer<P> | Updates,
  ...excess: Excess
): P => {
  noExcess('applyUpdates', excess)
  return applyUpdatesOn(tfjsHost)(params as Params, updates as Updates) as P
}
