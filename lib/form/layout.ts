/** Layouts: a tree's structure and shapes, and what a rule's state looks like over them. */
import { collect, type Outline, outlineInOrder, outlineOf, treeOf } from '../data/outline.ts'
import type { Path } from '../data/path.ts'
import { type Tree, treeEntries, treeMap } from '../data/tree.ts'
import type { LeafInfo } from '../expr/expr.ts'
import type { Shaped } from '../hosts/engine.ts'
import type { Cut } from '../rule/cut.ts'
import { leafFact, type Plan, planOf } from '../rule/plan.ts'
import { type Mode, type Precision, programOf } from '../rule/program.ts'
import type { Rule } from '../rule/rule.ts'
import type { Slot } from '../rule/slot.ts'
import type { HostNumbers } from '../rule/tape.ts'

/** The structure of a tree and the shapes of its leaves. */
export interface Layout {
  readonly skeleton: Tree<LeafInfo>
  readonly outline: Outline
  readonly leaves: readonly LeafInfo[]
  /** Its leaves have the shapes of the layout. */
  readonly scalars: false
}

/** One leaf of a layout. A class, so that a tree does not take it for a branch. */
class Leaf implements LeafInfo {
  readonly path: Path
  readonly shape: readonly number[]
  readonly rank: number
  readonly size: number
  /** As of a tensor: a mask function may look at it. */
  readonly dtype = 'float32'
  private readonly root: () => Tree<LeafInfo>

  constructor(path: Path, shape: readonly number[], root: () => Tree<LeafInfo>) {
    this.path = path
    this.shape = shape
    this.rank = shape.length
    this.size = shape.reduce((n, d) => n * d, 1)
    this.root = root
  }

  get tree(): Tree<LeafInfo> {
    return this.root()
  }
}

export const layoutOf = (tree: Tree<Shaped>): Layout => {
  const leaves: LeafInfo[] = treeEntries(tree).map(([path, { shape }]) => new Leaf(path, [...shape], () => skeleton))
  const outline = outlineInOrder(tree)
  const skeleton = treeOf(outline, leaves)
  return { skeleton, outline, leaves, scalars: false }
}

export const sameShape = (a: readonly number[], b: readonly number[]): boolean => {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** What stands in a state where a mask keeps the leaf out: a tree without leaves. */
const hole: readonly never[] = Object.freeze([])

/** A slot of a rule over a layout. */
export interface SlotLayout {
  readonly slot: Slot
  readonly path: Path
  /** Which leaves the slot has. One of rank tree has one of its own. */
  readonly present: readonly boolean[]
  /** The structure of the slot's tree: the layout's, with a hole for every absent leaf. */
  readonly skeleton: Tree<LeafInfo>
  /** The same with the layout's numbers at the leaves. */
  readonly outline: Outline
  /** The leaves of the layout, in the shapes of the slot. */
  readonly leaves: readonly LeafInfo[]
  /** Each of its leaves is one number. */
  readonly scalars: boolean
}

/** A rule over a layout: its slots' structure, and its plans, made when first asked for. */
export class Bound {
  readonly rule: Rule
  readonly layout: Layout
  readonly slots: readonly SlotLayout[]
  /** The structure of the state, its slots numbered. */
  readonly state: Outline
  /** How many numbers a leaf has in the mean. */
  readonly meanSize: number
  private readonly plans = new Map<string, Plan>()

  constructor(rule: Rule, layout: Layout) {
    this.rule = rule
    this.layout = layout
    this.slots = treeEntries(rule.slots).map(([path, slot]) => slotLayout(slot, path, layout))
    this.state = outlineInOrder(rule.slots)
    this.meanSize = layout.leaves.reduce((sum, { size }) => sum + size, 0) / layout.leaves.length
  }

  /** `now`: what the gates are asked of; without it none is. */
  plan(mode: Mode, precision: Precision, now?: HostNumbers): Plan {
    const { fast, wideSums = false, recomputes = false } = precision
    const key = `${mode} ${fast} ${wideSums} ${recomputes}`
    const plan = this.plans.get(key) ?? this.made(key, mode, precision)
    return now ? ((plan.program.cut as Cut | undefined)?.(plan, this.layout.leaves, now) ?? plan) : plan
  }

  private made(key: string, mode: Mode, precision: Precision): Plan {
    const plan = planOf(programOf(this.rule, mode, precision), this.layout.leaves)
    this.plans.set(key, plan)
    return plan
  }
}

/** Of a slot of one number a tree: its tree is one scalar. */
const scalar: Leaf = new Leaf([], [], (): Tree<LeafInfo> => scalar)

const slotLayout = (slot: Slot, path: Path, layout: Layout): SlotLayout => {
  if (slot.rank === 'tree')
    return { slot, path, present: [true], skeleton: scalar, outline: 0, leaves: [scalar], scalars: true }
  const { present: when } = slot
  const present = layout.leaves.map((leaf) => !when || leafFact(when, leaf) !== 0)
  const leaves = slot.reduced?.leaves(layout.leaves) ?? layout.leaves
  const scalars = slot.rank === 'leaf'
  if (leaves === layout.leaves && !present.includes(false))
    return { slot, path, present, skeleton: layout.skeleton, outline: layout.outline, leaves, scalars }
  let next = 0
  const skeleton = treeMap(layout.skeleton, () => (present[next++] ? leaves[next - 1] : hole) as LeafInfo)
  const numbers = new Map(leaves.map((leaf, i) => [leaf, i]))
  const outline = outlineOf(skeleton, (leaf) => numbers.get(leaf) as number)
  return { slot, path, present, skeleton, outline, leaves, scalars }
}

const remembered = new WeakMap<Rule, Bound[]>()
const most = 8

/** The layouts that a rule was lately run on. */
export const knownBounds = (rule: Rule): readonly Bound[] => remembered.get(rule) ?? []

/** The rule over the layout of `tree`; remembered, so that a training loop plans once. */
export const bind = (rule: Rule, tree: Tree<Shaped>): Bound => {
  const known = remembered.get(rule) ?? []
  remembered.set(rule, known)
  const found = known.find(({ layout }) => fits(layout, tree))
  if (found) return found
  const made = new Bound(rule, layoutOf(tree))
  known.unshift(made)
  known.length = Math.min(known.length, most)
  return made
}

/** True when the tree has this structure and these shapes. */
const fits = ({ outline, leaves }: Layout, tree: Tree<Shaped>): boolean => {
  const found = new Array<Shaped>(leaves.length)
  return collect(outline, tree, found) && leaves.every(({ shape }, i) => sameShape(found[i]?.shape ?? absent, shape))
}

const absent: readonly number[] = [-1]
