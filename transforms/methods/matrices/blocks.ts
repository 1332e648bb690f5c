/** Arrays cut along every axis into blocks, row by row, and put together again. */
import { OfShape } from '../../../lib/data/ofShape.ts'
import type { Path } from '../../../lib/data/path.ts'
import { sizeOf } from '../../../lib/data/shape.ts'
import type { Tree } from '../../../lib/data/tree.ts'
import type { ArrayOps } from '../../../lib/hosts/arrayOps.ts'
import type { Shaped } from '../../../lib/hosts/engine.ts'
import { at, likeTree, ofLeaves } from './ofLeaves.ts'

/** A part of an axis, or of each. */
interface Block<N> {
  readonly begin: N
  readonly size: N
}

/** An axis in parts of `size` entries, of which the last has what is left. */
const partsOf = (extent: number, size: number): readonly Block<number>[] =>
  Array.from({ length: Math.ceil(extent / size) }, (_, i) => ({
    begin: i * size,
    size: Math.min(size, extent - i * size),
  }))

const isCut = ({ shape }: Shaped, size: number): boolean => sizeOf(shape) > 0 && shape.some((n) => n > size)

const blocksOf = ({ shape }: Shaped, size: number): readonly Block<readonly number[]>[] =>
  shape.reduce<readonly Block<readonly number[]>[]>(
    (blocks, extent) =>
      blocks.flatMap(({ begin, size: own }) =>
        partsOf(extent, size).map((part) => ({ begin: [...begin, part.begin], size: [...own, part.size] })),
      ),
    [{ begin: [], size: [] }],
  )

const cutBy = <A extends Shaped, B>(
  tree: Tree<A>,
  size: number,
  whole: (x: A) => B,
  part: (x: A, block: Block<readonly number[]>) => B,
): Tree<B> =>
  likeTree(
    tree,
    ofLeaves(tree, (x) => (isCut(x, size) ? blocksOf(x, size).map((block) => part(x, block)) : whole(x))),
  ) as Tree<B>

/** The tree in whose leaves no axis is longer than `size`: a leaf that is cut is a list of its blocks there. */
export const cutIntoBlocks = <A extends Shaped>(ops: ArrayOps<A>, tree: Tree<A>, size: number): Tree<A> =>
  cutBy(
    tree,
    size,
    (x) => x,
    (x, block) => ops.slice(x, block.begin, block.size),
  )

/** The shapes of that tree. */
export const shapesOfBlocks = (tree: Tree<Shaped>, size: number): Tree<Shaped> =>
  cutBy<Shaped, Shaped>(
    tree,
    size,
    ({ shape }) => new OfShape(...shape),
    (_, block) => new OfShape(...block.size),
  )

/** The blocks of a leaf as one array: those along the last axis first. */
const joined = <A extends Shaped>(ops: ArrayOps<A>, blocks: readonly A[], { shape }: Shaped, size: number): A => {
  const rows = shape.reduceRight<readonly A[]>((parts, extent, axis) => {
    const count = Math.ceil(extent / size)
    if (count === 1) return parts
    return Array.from({ length: parts.length / count }, (_, i) =>
      ops.concat(parts.slice(i * count, (i + 1) * count), axis),
    )
  }, blocks)
  return rows[0] as A
}

/** The tree that was cut, with the structure and shapes of `like`. */
export const joinBlocks = <A extends Shaped>(
  ops: ArrayOps<A>,
  blocks: Tree<A>,
  like: Tree<Shaped>,
  size: number,
): Tree<A> => {
  const of = (x: Shaped, path: Path): A =>
    isCut(x, size) ? joined(ops, at(blocks, path) as readonly A[], x, size) : (at(blocks, path) as A)
  return likeTree(like, ofLeaves(like, of))
}
