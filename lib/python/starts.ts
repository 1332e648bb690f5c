/** What the slots of a rule start from, in Python. */
import { axesIn } from '../rule/partPasses.ts'
import type { PlacedSlot } from '../rule/program.ts'
import { tuple } from './book.ts'
import type { Group } from './groups.ts'
import { initial } from './helpers.ts'
import type { RuleText } from './ruleText.ts'
import { numberText } from './term.ts'

const axesText = (axes: readonly number[]): string => (axes.length === 1 ? `${axes[0]}` : tuple(axes.map(String)))

/** One tree of what the function of each group makes of a parameter. */
export const startOfTree = (book: RuleText['book'], functions: readonly string[]): string => {
  if (functions.every((text) => text === functions[0])) return `jax.tree.map(${functions[0]}, params)`
  book.uses.add('byGroup')
  return `${initial}(${tuple(functions)}, params)`
}

/** The first value of a slot, of `params`. */
export const startOf = (text: RuleText, placed: PlacedSlot): string => {
  const { slot, name } = placed
  if (slot.rank === 'step' && text.isInteger(name))
    return slot.start === 0 ? 'jnp.zeros([], jnp.int32)' : `jnp.asarray(${Number(slot.start)}, jnp.int32)`
  if (slot.rank === 'step' || slot.rank === 'tree') return `jnp.asarray(${numberText(slot.start as number)}, float)`
  return startOfTree(
    text.book,
    text.groups.map((group) => startIn(text, placed, group)),
  )
}

/** The function that makes a slot's first value of a parameter of a group. */
const startIn = (text: RuleText, placed: PlacedSlot, group: Group): string => {
  const { slot } = placed
  const { uses, printing } = text.book
  if (!text.isPresent(placed, group)) return 'lambda _: optax.MaskedNode()'
  if (slot.rank === 'leaf') return `lambda _: jnp.asarray(${numberText(slot.start as number)}, float)`
  const as = printing.dtype ? `, jnp.${printing.dtype}` : ''
  if (slot.start === 'params') return `lambda p: jnp.array(p${as})`
  const value = numberText(slot.start)
  uses.add('full')
  const axes = slot.reduced ? axesIn(group.bits(slot.reduced.axes)) : []
  if (axes.length === 0) return `lambda p: _full(p, ${value}${as})`
  uses.add('fullAlong')
  return `lambda p: _full_along(p, ${axesText(axes)}, ${value}${as})`
}
