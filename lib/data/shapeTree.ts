/** Trees of shapes, for who has no arrays yet. */
import { isBranch, type Tree } from './tree.ts'

/** A shape, or what has one. */
export type ShapeLike = readonly number[] | { readonly shape: readonly number[] }
/** A tree of shapes. */
export type ShapeTree = Tree<ShapeLike>

const isSizes = (x: unknown): x is readonly number[] =>
  Array.isArray(x) && x.every((size) => Number.isInteger(size) && size >= 0)

const hasShape = (x: unknown): boolean =>
  typeof x === 'object' && x !== null && !isBranch(x) && isSizes((x as { readonly shape?: unknown }).shape)

/** True for a tree of shapes: arrays of sizes, or whatever has a shape. */
export const isShapes = (x: unknown): boolean => {
  if (isSizes(x) || hasShape(x)) return true
  return isBranch(x) && Object.values(x).every(isShapes)
}

/** A leaf that has nothing but a shape. A class, so that a tree does not take it for a branch. */
export class Sized {
  readonly shape: readonly number[]

  constructor(shape: readonly number[]) {
    this.shape = shape
  }
}

/** The tree with leaves that have nothing but a shape. */
export const shapedTree = (tree: unknown): Tree<Sized> => {
  if (isSizes(tree)) return new Sized(tree)
  if (hasShape(tree)) return new Sized((tree as Sized).shape)
  if (Array.isArray(tree)) return tree.map(shapedTree)
  return Object.fromEntries(Object.entries(tree as object).map(([key, child]) => [key, shapedTree(child)]))
}
