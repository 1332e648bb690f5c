/** The state of a rule before its first update. */

import { raiseFaults, soundFaults } from '../check/check.ts'
import { leavesLike, type Tree, treeLeaves, treeWithLeaves } from '../data/tree.ts'
import { treeAdvice } from '../errors/trees.ts'
import type { LeafInfo } from '../expr/expr.ts'
import { type Bound, bind, type SlotLayout } from '../form/layout.ts'
import type { Engine, Shaped } from '../hosts/engine.ts'
import type { Host } from '../hosts/host.ts'
import type { Rule } from '../rule/rule.ts'
import type { Slot } from '../rule/slot.ts'

const startOf = <B extends Shaped>(
  engine: Engine<B, unknown>,
  slot: Slot,
  bound: Bound,
  index: number,
  params: B[],
) => {
  if (slot.rank === 'step') return slot.start as number
  if (slot.rank === 'tree') return engine.fill([], slot.start as number)
  const { present, leaves } = bound.slots[index] as SlotLayout
  const buffers = params.map((leaf, i) => {
    if (!present[i]) return undefined
    if (slot.start === 'params') return engine.copy(leaf)
    return engine.fill(slot.rank === 'leaf' ? [] : (leaves[i] as LeafInfo).shape, slot.start)
  })
  return bound.slotTree(index, buffers)
}

/** The state of a rule before its first update. Errors: `tree-mismatch`, `disposed-tensor`. */
export const initRule = <B extends Shaped>(rule: Rule, params: Tree<B>, host: Host<B>): unknown => {
  raiseFaults(soundFaults(params, 'params', host.check), treeAdvice(host))
  const bound = bind(rule, params)
  const engine = host.engine()
  const leaves = leavesLike(bound.layout.skeleton, params)
  // In a scope, which gives back what was made before memory ran out.
  return engine.scope(() => {
    const values = treeLeaves(rule.slots).map((slot, index) => startOf(engine, slot, bound, index, leaves))
    return treeWithLeaves(rule.slots, values)
  })
}
