import type { Tree } from '../../lib/data/tree.ts'
import type { Shaped } from '../../lib/hosts/engine.ts'
import { identity } from '../../transforms/combinators/identity.ts'
import { machine, type World } from './world.ts'

/** params + updates, as `applyUpdates` makes it, in any world. */
export const applied = <B extends Shaped>(world: World<B>, params: Tree<B>, updates: Tree<B>): Tree<B> =>
  machine(identity().form, world).step(updates, [], params).params as Tree<B>
