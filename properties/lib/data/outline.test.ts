import fc from 'fast-check'
import { expect, test } from 'vitest'
import { firstLeaf, outlineInOrder, treeOf } from '../../../lib/data/outline.ts'
import { type Tree, treeLeaves } from '../../../lib/data/tree.ts'

const { tree } = fc.letrec<{ tree: Tree<number> }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc.nat(),
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(fc.string(), tie('tree'), { maxKeys: 3 }),
  ),
}))

test('the first leaf is the first from left to right, behind whatever has none', () => {
  fc.assert(
    fc.property(tree, (numbers) => {
      const outline = outlineInOrder(numbers)
      expect(firstLeaf(outline, numbers)).toBe(treeLeaves(numbers)[0])
      const leaves = treeLeaves(numbers)
      if (leaves.length > 0) expect(firstLeaf(outline, treeOf(outline, leaves))).toBe(leaves[0])
    }),
  )
})

test('a tree that has not got the first leaf has none', () => {
  const outline = outlineInOrder({ a: { b: 1 }, c: 2 })
  for (const other of [undefined, 5, [], {}, { a: 1 }, { a: {} }]) expect(firstLeaf(outline, other)).toBeUndefined()
})
