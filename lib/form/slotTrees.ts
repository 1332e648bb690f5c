/** The trees that a state holds for the slots of its rules, and what of it belongs to stages by hand. */
import { hasOwn } from '../data/branch.ts'
import type { Path } from '../data/path.ts'
import { isBranch, type Tree } from '../data/tree.ts'
import type { Slot } from '../rule/slot.ts'
import type { Branches, Form, Wrapped } from './form.ts'
import { branchPath } from './places.ts'

/** What a slot's tree becomes; of a stage by hand, what all that it keeps becomes. */
type Change = (tree: unknown, slot: Slot) => unknown
type Whole = (state: unknown) => unknown

/**
 * A state with its slots' trees changed: by the slots of a rule, part by part in a sequence. Host numbers are no trees and stay.
 * What a stage by hand keeps is its own: `ofHand` is given all of it.
 */
export const mapSlotTrees = (form: Form, state: unknown, f: Change, ofHand: Whole = (own) => own): unknown => {
  if (form.kind === 'opaque') return ofHand(state)
  if (form.kind === 'sequence') {
    return Array.isArray(state)
      ? state.map((part, i) => (form.parts[i] ? mapSlotTrees(form.parts[i], part, f, ofHand) : part))
      : state
  }
  if (form.kind === 'branches') return ofBranches(form, state, f, ofHand)
  return form.kind === 'rule' ? ofSlots(form.slots, state, f) : ofWrapped(form, state, f, ofHand)
}

/** `f` of what stands at the path; a state that has nothing there stays. */
const changeAt = (state: unknown, [step, ...rest]: Path, f: Whole): unknown => {
  if (step === undefined) return f(state)
  if (!isBranch(state) || !Object.hasOwn(state, step)) return state
  const record = state as Readonly<Record<string, unknown>>
  return { ...record, [step]: changeAt(record[step], rest, f) }
}

const ofBranches = (form: Branches, state: unknown, f: Change, ofHand: Whole): unknown =>
  form.branches.reduce(
    (all, branch) => changeAt(all, branchPath(form, branch), (part) => mapSlotTrees(branch.form, part, f, ofHand)),
    state,
  )

const ofWrapped = ({ inner, outer }: Wrapped, state: unknown, f: Change, ofHand: Whole): unknown => {
  if (!hasOwn(state, 'inner')) return state
  const { inner: theirs, ...rest } = state
  const changed = outer.kind === 'rule' ? ofSlots(outer.slots, rest, f) : ofHand(rest)
  return { ...(changed as object), inner: mapSlotTrees(inner, theirs, f, ofHand) }
}

const ofSlots = (slots: Tree<Slot>, state: unknown, f: Change): unknown => {
  if (!isBranch(slots)) return (slots as Slot).rank === 'step' ? state : f(state, slots as Slot)
  if (!isBranch(state)) return state
  const inner = slots as Readonly<Record<string, Tree<Slot>>>
  const child = (x: unknown, key: string | number): unknown =>
    Object.hasOwn(inner, key) ? ofSlots(inner[key] as Tree<Slot>, x, f) : x
  if (Array.isArray(state)) return state.map(child)
  return Object.fromEntries(Object.entries(state).map(([key, x]) => [key, child(x, key)]))
}
