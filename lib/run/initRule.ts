/** The state of a rule before its first update. */

import { raiseFaults, soundFaults } from '../check/check.ts'
import { collect, treeOf } from '../data/outline.ts'
import type { Tree } from '../data/tree.ts'
import { treeAdvice } from '../errors/trees.ts'
import type { LeafInfo } from '../expr/expr.ts'
import { bind, type SlotLayout } from '../form/layout.ts'
import type { Engine, Shaped } from '../hosts/engine.ts'
import type { Host } from '../hosts/host.ts'
import type { Rule } from '../rule/rule.ts'

const startOf = <B extends Shaped>(
  engine: Engine<B, unknown>,
  { slot, present, leaves, outline }: SlotLayout,
  params: readonly B[],
) => {
  if (slot.rank === 'step') return slot.start as number
  if (slot.rank === 'tree') return engine.fill([], slot.start as number)
  const buffers = params.map((leaf, i) => {
    if (!present[i]) return undefined
    if (slot.start === 'params') return engine.copy(leaf)
    return engine.fill(slot.rank === 'leaf' ? [] : (leaves[i] as LeafInfo).shape, slot.start)
  })
  return treeOf(outline, buffers as readonly B[])
}

/** The state of a rule before its first update. Errors: `tree-mismatch`, `disposed-tensor`. */
export const initRule = <B extends Shaped>(rule: Rule, params: Tree<B>, host: Host<B>): unknown => {
  raiseFaults(soundFaults(params, 'params', host.check), treeAdvice(host))
  const { layout, slots, state } = bind(rule, params)
  const engine = host.engine()
  const leaves: B[] = []
  collect(layout.outline, params, leaves)
  // In a scope, which gives back what was made before memory ran out.
  return engine.scope(() =>
    treeOf(
      state,
      slots.map((slot) => startOf(engine, slot, leaves)),
    ),
  )
}
