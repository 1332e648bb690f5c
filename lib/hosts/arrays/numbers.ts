/** Numbers that are copied into a memory: what a caller has, before it is a leaf. */

import { raiseFaults, soundFaults } from '../../check/check.ts'
import { own as ownOf } from '../../data/branch.ts'
import { NdArray } from '../../data/ndArray.ts'
import { sameList } from '../../data/sameList.ts'
import { isBranch, type Tree, treeMap } from '../../data/tree.ts'
import { formFaults } from '../../data/treeForm.ts'
import { noNumbers, numbersAdvice } from '../../errors/arrays.ts'
import { sameShape } from '../../form/layout.ts'
import { flat, shapeOf } from '../float64/float64.ts'
import type { LeafCheck } from '../host.ts'
import type { Heap } from './heap.ts'
import { ArrayLeaf } from './leaf.ts'

type Nested = number | readonly Nested[]

/** Numbers that can be a leaf: a Float32Array, an `ndarray`, nested rectangular arrays of numbers, or a leaf, which is copied. */
export type Numbers = Float32Array | NdArray | ArrayLeaf | Nested

/** A tree of numbers with each of its leaves made an array. */
export type Arrayed<T> = T extends Numbers ? ArrayLeaf : { readonly [K in keyof T]: Arrayed<T[K]> }

/** Numbers with their shape. A class of its own, or trees would walk into it. */
class Source {
  readonly numbers: ArrayLike<number>
  readonly shape: readonly number[]

  constructor(numbers: ArrayLike<number>, shape: readonly number[]) {
    this.numbers = numbers
    this.shape = shape
  }
}

/** True for a Float32Array of whichever realm. */
export const isFloats = (x: unknown): x is Float32Array =>
  ArrayBuffer.isView(x) && (x as Float32Array)[Symbol.toStringTag] === 'Float32Array'

const sourceOf = (x: unknown): Source | undefined => {
  if (isFloats(x)) return new Source(x, [x.length])
  if (x instanceof NdArray) return new Source(x.data, x.shape)
  if (x instanceof ArrayLeaf) return x.at < 0 ? undefined : new Source(x.data, x.shape)
  const shape = shapeOf(x)
  return shape && new Source(flat(x), shape)
}

/** The same branch with `f` of what stands in it; what is no branch stays. */
const childrenOf = (x: unknown, f: (child: unknown, key: string | number) => unknown): unknown => {
  if (!isBranch(x)) return x
  if (Array.isArray(x)) return x.map(f)
  return Object.fromEntries(Object.entries(x).map(([key, child]) => [key, f(child, key)]))
}

/** The numbers of a tree as leaves; whatever is neither numbers nor a branch stays, for the checks to name. */
const sources = (tree: unknown): unknown => sourceOf(tree) ?? childrenOf(tree, sources)

const copyIn = (heap: Heap, { numbers, shape }: Source): ArrayLeaf => {
  const leaf = heap.make(shape)
  leaf.data.set(numbers)
  return leaf
}

const isSource: LeafCheck = (x) => (x instanceof Source ? undefined : noNumbers(x, x instanceof ArrayLeaf))

/** Copies a tree of numbers into the memory. Errors: `tree-mismatch` by path, `disposed-tensor`; `out-of-memory`, which leaves nothing. */
export const copyTree = (heap: Heap, tree: unknown, where: string): Tree<ArrayLeaf> => {
  const form = formFaults(tree, [where])
  const found = form.length > 0 ? tree : sources(tree)
  raiseFaults(form.length > 0 ? form : soundFaults(found, where, isSource), numbersAdvice)
  return heap.scope(() => treeMap(found as Tree<Source>, (source) => copyIn(heap, source)))
}

/** What a step is given for leaves: some of it lent by the caller, the rest copied in for this call. */
export interface Staged {
  readonly tree: unknown
  /** The leaves that were made for the call. */
  readonly own: readonly ArrayLeaf[]
  /** True when all leaves are. */
  readonly isOwn: boolean
}

const numbersLike = ({ shape, size }: ArrayLeaf, x: unknown): Source | undefined => {
  if (isFloats(x)) return x.length === size ? new Source(x, shape) : undefined
  const source = sourceOf(x)
  return source && (x instanceof ArrayLeaf || sameShape(source.shape, shape)) ? source : undefined
}

/** Lists that had nothing but arrays in them, as they were then. */
const ofArrays = new WeakMap<readonly unknown[], readonly unknown[]>()

/** True for a list with nothing but arrays in it. One that is as it was when last looked through is compared with that, which takes less. */
const isOfArrays = (list: readonly unknown[]): boolean => {
  const known = ofArrays.get(list)
  if (known && sameList(list, known)) return true
  if (!list.every((x) => x instanceof ArrayLeaf)) return false
  ofArrays.set(list, list.slice())
  return true
}

/** True where a tree has an array for every leaf of the parameters: then there is nothing to copy. */
const isLentWhole = (like: unknown, tree: unknown): boolean => {
  if (like instanceof ArrayLeaf) return tree instanceof ArrayLeaf
  if (Array.isArray(like)) {
    if (!Array.isArray(tree) || tree.length !== like.length) return false
    if (isOfArrays(like) && isOfArrays(tree)) return true
    for (let i = 0; i < like.length; i++) if (!isLentWhole(like[i], tree[i])) return false
    return true
  }
  if (!isBranch(like) || !isBranch(tree) || Array.isArray(tree)) return false
  return Object.keys(tree).every((key) => isLentWhole(ownOf(like, key), ownOf(tree, key)))
}

/** Options of `stage`. */
export interface StageOptions {
  /** Arrays are copied, too, whatever their shape: then all that is alive in the tree is the call's own. */
  readonly copy?: boolean
}

/**
 * A tree beside the parameters, with its numbers copied in wherever these have a leaf of as many; without parameters, all numbers that it
 * holds. Everything else stays as it is: arrays of this memory for the run, what is wrong for the checks.
 */
export const stage = (heap: Heap, like: unknown, tree: unknown, { copy = false }: StageOptions = {}): Staged => {
  if (!copy && isLentWhole(like, tree)) return { tree, own: [], isOwn: false }
  const own: ArrayLeaf[] = []
  let lent = 0
  const leaf = (x: unknown, source: Source | undefined): unknown => {
    const isLent = !source || (x instanceof ArrayLeaf && !copy)
    if (isLent) lent++
    else own.push(copyIn(heap, source))
    return isLent ? x : own.at(-1)
  }
  const visitAlone = (x: unknown): unknown => {
    const source = sourceOf(x)
    return source || !isBranch(x) ? leaf(x, source) : childrenOf(x, visitAlone)
  }
  const visit = (at: unknown, x: unknown): unknown => {
    if (at instanceof ArrayLeaf) return leaf(x, numbersLike(at, x))
    if (!isBranch(at) || !isBranch(x) || Array.isArray(at) !== Array.isArray(x)) return x
    return childrenOf(x, (child, key) => visit(ownOf(at, key), child))
  }
  try {
    return { tree: like === undefined ? visitAlone(tree) : visit(like, tree), own, isOwn: lent === 0 }
  } catch (error) {
    for (const leaf of own) heap.giveBack(leaf)
    throw error
  }
}
