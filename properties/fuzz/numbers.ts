import { NdArray } from '../../lib/data/ndArray.ts'
import { type Tree, treeMap } from '../../lib/data/tree.ts'
import { extremes, specials } from '../arbitraries/numbers.ts'
import { type Case, isShape, type Shapes } from './cases.ts'
import { type Chance, chanceOf } from './chance.ts'

const ordinary = ({ whole }: Chance): number => Math.fround(whole(-4000, 4000) / 1000)
const scaled = (chance: Chance): number => Math.fround(ordinary(chance) * 10 ** chance.whole(-30, 30))

const finite = (chance: Chance): number => {
  const kind = chance.number()
  if (kind < 0.6) return ordinary(chance)
  return kind < 0.8 ? scaled(chance) : chance.oneOf(extremes)
}

const kinds: { readonly [kind in Case['numbers']]: (chance: Chance) => number } = {
  ordinary,
  finite,
  any: (chance) => (chance.happens(0.1) ? chance.oneOf(specials) : finite(chance)),
}

const structure = (tree: Shapes): Tree<readonly number[]> => {
  if (isShape(tree)) return new Leaf(tree.shape) as never
  if (Array.isArray(tree)) return tree.map(structure)
  return Object.fromEntries(Object.entries(tree).map(([key, child]) => [key, structure(child as Shapes)]))
}

/** A shape as a leaf: a list would be a branch. */
class Leaf {
  readonly shape: readonly number[]
  constructor(shape: readonly number[]) {
    this.shape = shape
  }
}

/** The numbers of a tree, by the name of what it is for. */
export const numbersFor = ({ tree, numbers, seed }: Case, name: string): Tree<NdArray> => {
  const chance = chanceOf(seed, name)
  const draw = kinds[numbers]
  return treeMap(structure(tree) as unknown as Tree<Leaf>, ({ shape }) => {
    const size = shape.reduce((n, d) => n * d, 1)
    return new NdArray(
      Float64Array.from({ length: size }, () => draw(chance)),
      shape,
    )
  })
}
