import fc from 'fast-check'
import { expect, test } from 'vitest'
import { collect, holds, outlineInOrder, treeOf } from '../../../lib/data/outline.ts'
import { type Tree, treeLeaves, treeMap } from '../../../lib/data/tree.ts'

const { tree } = fc.letrec<{ tree: Tree<number> }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc.nat(),
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(fc.string(), tie('tree'), { maxKeys: 3 }),
  ),
}))

class Leaf {
  readonly value: number
  constructor(value: number) {
    this.value = value
  }
}

/** Beside a small tree one of so many leaves that these are compared by reference alone. Its leaves are objects. */
const grown = (small: Tree<number>, count: number, isList: boolean): Tree<Leaf> => {
  const many = Array.from({ length: count }, (_, i) => i)
  const large = isList ? many : Object.fromEntries(many.map((i) => [`leaf ${i}`, i]))
  return treeMap({ small, large } as Tree<number>, (value) => new Leaf(value))
}

test('a tree holds the leaves that were collected from it, and no longer when one is another or its keys are', () => {
  fc.assert(
    fc.property(tree, fc.constantFrom(0, 3, 1001, 1500), fc.boolean(), fc.nat(), (start, count, isList, n) => {
      const given = grown(start, count, isList)
      const outline = outlineInOrder(given as Tree<unknown>)
      const list: unknown[] = []
      expect(collect(outline, given, list)).toBe(true)
      expect(list).toEqual(treeLeaves(given as Tree<unknown>))
      expect(holds(outline, given, list)).toBe(true)
      expect(holds(outline, treeOf(outline, list), list)).toBe(true)
      const { small, large } = given as { small: unknown; large: Record<string, unknown> }
      expect(holds(outline, { large, small }, list)).toBe(true)
      expect(holds(outline, { small }, list)).toBe(false)
      expect(holds(outline, { small, large: { ...large, other: new Leaf(0) } }, list)).toBe(false)
      if (list.length === 0) return
      const at = n % list.length
      for (const other of [undefined, new Leaf(0), list[at - 1]])
        expect(holds(outline, given, list.with(at, other))).toBe(false)
      let next = 0
      const without = treeMap(given as Tree<unknown>, (leaf) => (next++ === at ? undefined : leaf))
      expect(holds(outline, without, list.with(at, undefined))).toBe(false)
      expect(collect(outline, without, [])).toBe(false)
    }),
    { numRuns: 40 },
  )
})
