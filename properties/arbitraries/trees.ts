import fc from 'fast-check'
import { checkRunArgument, integer } from '../../lib/check/options.ts'
import { type Tree, treeLeaves } from '../../lib/data/tree.ts'

const keys = fc.constantFrom('w', 'b', 'layers', 'scale', '2', '10', 'odd key', "it's", 'a.b')

const anyTrees = <A>(leaf: fc.Arbitrary<A>, most: number): fc.Arbitrary<Tree<A>> =>
  fc.letrec<{ tree: Tree<A> }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 2, withCrossShrink: true },
      leaf as fc.Arbitrary<Tree<A>>,
      fc.array(tie('tree'), { maxLength: most }) as fc.Arbitrary<Tree<A>>,
      fc.dictionary(keys, tie('tree'), { maxKeys: most, noNullPrototype: true }) as fc.Arbitrary<Tree<A>>,
    ),
  })).tree

/**
 * Trees of at least one leaf: a leaf alone, lists and records in each other, with odd keys, numeric keys (which JavaScript puts first) and now
 * and then a branch without leaves. Defaults: most = 3 children a branch.
 */
export const trees = <A>(leaf: fc.Arbitrary<A>, most = 3): fc.Arbitrary<Tree<A>> => {
  checkRunArgument('trees: leaf', leaf, { expected: 'an arbitrary', test: (x) => x instanceof fc.Arbitrary })
  checkRunArgument('trees: most', most, integer)
  return anyTrees(leaf, most).filter((tree) => treeLeaves(tree).length > 0)
}
