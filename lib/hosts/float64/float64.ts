/** The float64 reader: a transformation on plain numbers, without tfjs. */

import { own } from '../../data/branch.ts'
import { type Excess, noExcess } from '../../data/excess.ts'
import { NdArray } from '../../data/ndArray.ts'
import { isShape, sizeOf } from '../../data/shape.ts'
import { isBranch, type Tree } from '../../data/tree.ts'
import { raiseForm } from '../../data/treeForm.ts'
import { badNdArray, noData, noSizes, otherCount } from '../../errors/arrays.ts'
import { type Fault, raiseAs } from '../../errors/error.ts'
import type { Extra } from '../../form/form.ts'
import { mapSlotTrees } from '../../form/slotTrees.ts'
import { isMarked } from '../../form/stages.ts'
import { checkTransformation, type GradientTransformation } from '../../form/transformation.ts'
import { initForm, runForm } from '../../run/runForm.ts'
import { float64Host } from './host.ts'

/** A leaf of plain numbers: a number, a nested rectangular array of numbers, or an `ndarray`. */
export type Numbers = number | readonly Numbers[] | NdArray
/** A tree of such leaves. Typed loosely: an array may be a leaf or a branch, and only its content tells which. */
export type NumberTree = Numbers | readonly NumberTree[] | { readonly [key: string]: NumberTree }

/** A leaf of plain numbers with a shape, for where an array of numbers would be taken for a list. Errors: `bad-argument`. */
export const ndarray = (data: Float64Array | Float32Array, shape: readonly number[], ...excess: Excess): NdArray => {
  noExcess('ndarray', excess)
  const isNumbers = data instanceof Float64Array || data instanceof Float32Array
  const isSizes = isShape(shape)
  const size = isSizes ? sizeOf(shape) : 0
  const fits = !isNumbers || !isSizes || data.length === size
  const faults: Fault[] = [
    ...(isNumbers ? [] : [noData(data)]),
    ...(isSizes ? [] : [noSizes('ndarray: shape', shape)]),
    ...(fits ? [] : [otherCount(size, shape, data.length)]),
  ]
  raiseAs(badNdArray, faults)
  return new NdArray(data instanceof Float64Array ? data : Float64Array.from(data), [...shape])
}

/** The shape of a nested rectangular array of numbers; nothing for any other array. An empty array is a branch. */
export const shapeOf = (x: unknown): number[] | undefined => {
  if (typeof x === 'number') return []
  if (!Array.isArray(x) || x.length === 0) return undefined
  const shapes = x.map(shapeOf)
  const [first] = shapes
  const same = first && shapes.every((shape) => shape?.length === first.length && shape.every((d, i) => d === first[i]))
  return same ? [x.length, ...first] : undefined
}

/** The numbers of a nested array, row by row. */
export const flat = (x: unknown): number[] => (typeof x === 'number' ? [x] : (x as unknown[]).flatMap(flat))

/** Numbers as leaves with shapes. Whatever is neither number nor tree stays, for the checks to name. */
export const toArrays = (tree: unknown, name?: string): Tree<NdArray> => {
  raiseForm(tree, name)
  return arraysOf(tree)
}

const arraysOf = (tree: unknown): Tree<NdArray> => {
  const shape = shapeOf(tree)
  if (shape) return new NdArray(Float64Array.from(flat(tree)), shape)
  if (!isBranch(tree)) return tree as NdArray
  if (Array.isArray(tree)) return tree.map(arraysOf)
  return Object.fromEntries(Object.entries(tree).map(([key, child]) => [key, arraysOf(child)]))
}

/** The same by a tree whose leaves are known: one number for each leaf of a list is no leaf by itself. */
const toArraysLike = (like: Tree<NdArray>, tree: unknown): unknown => {
  if (!isBranch(like) || !isBranch(tree) || Array.isArray(like) !== Array.isArray(tree)) return toArrays(tree)
  const child = (key: string | number): Tree<NdArray> => (like as Readonly<Record<string, Tree<NdArray>>>)[key] as never
  if (Array.isArray(tree)) return tree.map((x, i) => (Object.hasOwn(like, i) ? toArraysLike(child(i), x) : toArrays(x)))
  const entries = Object.entries(tree).map(([key, x]) => [
    key,
    Object.hasOwn(like, key) ? toArraysLike(child(key), x) : toArrays(x),
  ])
  return Object.fromEntries(entries)
}

/** Numbers in the nesting of their shape. */
export const nest = (data: ArrayLike<number>, shape: readonly number[], at = 0): Numbers => {
  const [first, ...rest] = shape
  if (first === undefined) return data[at] as number
  const size = rest.reduce((n, d) => n * d, 1)
  return Array.from({ length: first }, (_, i) => nest(data, rest, at + i * size))
}

/** Results come back as what was given: nested arrays, or `ndarray` where the parameters' leaf was one. */
const like = (given: unknown, made: NdArray): Numbers =>
  given instanceof NdArray || made.data.length === 0 ? made : nest(made.data, made.shape)

const fromArrays = (tree: Tree<NdArray>, asGiven: unknown): NumberTree => {
  if (!isBranch(tree)) return tree instanceof NdArray ? like(asGiven, tree) : (tree as unknown as number)
  const child = (key: string | number): unknown => (isBranch(asGiven) ? own(asGiven, key) : undefined)
  if (Array.isArray(tree)) return tree.map((x, i) => fromArrays(x as Tree<NdArray>, child(i)))
  return Object.fromEntries(Object.entries(tree).map(([key, x]) => [key, fromArrays(x as Tree<NdArray>, child(key))]))
}

/** A transformation read on plain numbers. */
export interface Float64Reader {
  /** The state before the first update. */
  init(params: NumberTree): unknown
  /** The transformed updates and the next state, as `update` of the transformation. */
  update(updates: NumberTree, state: unknown, params?: NumberTree, extra?: Extra): readonly [NumberTree, unknown]
  /** Parameters and state after a step; `ahead`, the predicted parameters, where the chain has a mark. */
  step(
    grads: NumberTree,
    state: unknown,
    params: NumberTree,
    extra?: Extra,
    /** The place where the gradients were taken, which a closed gate keeps. Default: the parameters. */
    ahead?: NumberTree,
  ): { readonly params: NumberTree; readonly state: unknown; readonly ahead?: NumberTree }
  /** True when the chain has a mark, so that `step` returns `ahead`. */
  readonly lookahead: boolean
}

/**
 * The meaning of a transformation: the same rule on plain numbers, all arithmetic in float64, without tfjs.
 *
 * A leaf is a number or a nested rectangular array of numbers; where a list of equally shaped leaves is meant, a leaf is given as
 * `ndarray(Float64Array, shape)` and comes back as one. Records and other arrays are branches.
 *
 * Errors: as `step`, and `unsupported` for an opaque transformation that has no float64 functions.
 */
export const float64 = (tx: GradientTransformation<unknown>, ...excess: Excess): Float64Reader => {
  noExcess('float64', excess)
  checkTransformation('float64', tx)
  const { form } = tx
  const stateIn = (state: unknown, like: Tree<NdArray>): unknown =>
    mapSlotTrees(form, state, (tree) => toArraysLike(like, tree))
  const stateOut = (state: unknown, asGiven: NumberTree): unknown =>
    mapSlotTrees(form, state, (tree) => fromArrays(tree as Tree<NdArray>, asGiven))
  return {
    lookahead: isMarked(form),
    init: (params, ...excess: Excess) => {
      noExcess(`${form.name}: init`, excess)
      return stateOut(initForm(form, toArrays(params), float64Host), params)
    },
    update: (updates, state, params, extra, ...excess: Excess) => {
      noExcess(`${form.name}: update`, excess)
      const weights = params === undefined ? undefined : toArrays(params)
      const grads = toArrays(updates)
      const given = { grads, state: stateIn(state, weights ?? grads), extra: extraIn(extra, params ?? updates) }
      const all = weights === undefined ? given : { ...given, params: weights }
      const made = runForm(form, 'update', all, float64Host)
      return [fromArrays(made.updates as Tree<NdArray>, updates), stateOut(made.state, params ?? updates)]
    },
    step: (grads, state, params, extra, ahead, ...excess: Excess) => {
      noExcess(`${form.name}: step`, excess)
      const weights = toArrays(params)
      const place = ahead === undefined ? {} : { ahead: toArrays(ahead) }
      const given = {
        grads: toArrays(grads),
        state: stateIn(state, weights),
        params: weights,
        extra: extraIn(extra, params),
      }
      const made = runForm(form, 'lookahead', { ...given, ...place }, float64Host)
      const out = (tree: Tree<NdArray>): NumberTree => fromArrays(tree, params)
      return {
        params: out(made.params as Tree<NdArray>),
        state: stateOut(made.state, params),
        ...(made.ahead && { ahead: out(made.ahead) }),
      }
    },
  }
}

/** Signals stay what they are, trees become arrays; a function is given trees as the caller writes them, and may answer with such. */
const extraIn = (extra: Extra | undefined, asGiven: NumberTree): Extra | undefined => {
  const written = (x: unknown): unknown =>
    isBranch(x) || x instanceof NdArray ? fromArrays(x as Tree<NdArray>, asGiven) : x
  const translated =
    (f: (...args: unknown[]) => unknown) =>
    (...args: unknown[]) => {
      const made = f(...args.map(written))
      return isBranch(made) ? toArrays(made as NumberTree) : made
    }
  const inner = (x: unknown): unknown => {
    if (typeof x === 'function') return translated(x as (...args: unknown[]) => unknown)
    return isSignal(x) ? x : toArrays(x as NumberTree)
  }
  return extra && Object.fromEntries(Object.entries(extra).map(([key, x]) => [key, inner(x)]))
}

const isSignal = (x: unknown): boolean => typeof x === 'number' || typeof x === 'boolean'
