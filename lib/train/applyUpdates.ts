import type { Params, Updates } from '../form/transformation.ts'
import { tfjsHost } from '../hosts/tfjs/host.ts'
import { chainRules } from '../rule/compose.ts'
import { runRule } from '../run/runRule.ts'

const nothing = chainRules([], 'applyUpdates')

/**
 * Adds updates to parameters: params + updates, leaf by leaf. Both stay as they are.
 *
 * Errors: `tree-mismatch` with every leaf that is missing, extra, of another shape or no float32 tensor; `disposed-tensor`.
 */
export const applyUpdates = (params: Params, updates: Updates): Params =>
  runRule(nothing, 'step', { grads: updates, state: [], params }, tfjsHost).params as Params
