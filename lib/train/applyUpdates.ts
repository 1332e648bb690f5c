import type { Tree } from '../data/tree.ts'
import type { Shaped } from '../hosts/engine.ts'
import type { Host } from '../hosts/host.ts'
import { chainRules } from '../rule/compose.ts'
import { runRule } from '../run/runRule.ts'

const nothing = chainRules([], 'applyUpdates')

/** `applyUpdates` on the leaves of a host: params + updates, leaf by leaf. */
export const applyUpdatesOn =
  <B extends Shaped>(host: Host<B>) =>
  (params: Tree<B>, updates: Tree<B>): Tree<B> =>
    runRule(nothing, 'step', { grads: updates, state: [], params }, host).params as Tree<B>
