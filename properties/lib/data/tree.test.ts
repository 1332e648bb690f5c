import fc from 'fast-check'
import * as A from 'fp-ts/lib/Array.js'
import * as I from 'fp-ts/lib/Identity.js'
import * as IO from 'fp-ts/lib/IO.js'
import * as O from 'fp-ts/lib/Option.js'
import { Monoid as MonoidString } from 'fp-ts/lib/string.js'
import { describe, expect, test } from 'vitest'
import { Foldable, Functor, Traversable } from '../../../lib/data/instances.ts'
import {
  type Tree,
  treeLeaves,
  treeMap,
  treePaths,
  treeReduce,
  treeWithLeaves,
  treeZip,
} from '../../../lib/data/tree.ts'
import { ForegradError } from '../../../lib/errors/error.ts'
import { trees } from '../../arbitraries/trees.ts'

const numberTrees = trees(fc.integer())
const holds = (f: (tree: Tree<number>) => unknown): void => {
  const property = fc.property(numberTrees, (tree) => {
    f(tree)
  })
  fc.assert(property, { numRuns: 50 })
}
const half = (x: number): string => `${x}/2`
const twice = (x: number): number => 2 * x

describe('the Functor of trees', () => {
  test('keeps identity', () => {
    holds((tree) => expect(Functor.map(tree, (x) => x)).toEqual(tree))
  })

  test('keeps composition', () => {
    holds((tree) =>
      expect(Functor.map(Functor.map(tree, twice), half)).toEqual(Functor.map(tree, (x) => half(twice(x)))),
    )
  })
})

describe('the Foldable of trees', () => {
  test('folds from left to right, and from right to left', () => {
    holds((tree) => {
      const leaves = treeLeaves(tree)
      expect(Foldable.reduce(tree, '', (s, x) => `${s},${x}`)).toBe(leaves.reduce((s, x) => `${s},${x}`, ''))
      expect(Foldable.reduceRight(tree, '', (x, s) => `${s},${x}`)).toBe(leaves.reduceRight((s, x) => `${s},${x}`, ''))
    })
  })

  test('maps into a monoid as it reduces', () => {
    holds((tree) =>
      expect(Foldable.foldMap(MonoidString)(tree, half)).toBe(treeReduce(tree, (s, x) => s + half(x), '')),
    )
  })
})

describe('the Traversable of trees', () => {
  test('keeps identity', () => {
    holds((tree) => expect(Traversable.traverse(I.Applicative)(tree, twice)).toEqual(treeMap(tree, twice)))
  })

  test('is natural: from options to lists before or after', () => {
    const f = (x: number): O.Option<number> => (x % 7 === 0 ? O.none : O.some(x))
    const toList = <B>(x: O.Option<B>): B[] => (O.isSome(x) ? [x.value] : [])
    holds((tree) => {
      const before = Traversable.traverse(A.Applicative)(tree, (x) => toList(f(x)))
      expect(before).toEqual(toList(Traversable.traverse(O.Applicative)(tree, f)))
    })
  })

  test('keeps the structure, whatever the effect', () => {
    holds((tree) => expect(Traversable.traverse(O.Applicative)(tree, O.some)).toEqual(O.some(tree)))
  })

  test('sequences effects that are no plain records', () => {
    const tree = { a: [() => 1], b: () => 2 } as Tree<() => number>
    const all = Traversable.sequence(IO.Applicative)(tree)
    expect(all()).toEqual({ a: [1], b: 2 })
  })

  test('takes effects from left to right', () => {
    const tree = { a: [1, 2], b: { c: 3 } }
    const pairs = Traversable.traverse(A.Applicative)(tree as Tree<number>, (x) => [x, -x])
    expect(pairs[0]).toEqual(tree)
    expect(pairs[1]).toEqual({ a: [1, 2], b: { c: -3 } })
    expect(pairs).toHaveLength(8)
  })
})

describe('treeZip', () => {
  test('gives back both trees', () => {
    holds((tree) => {
      expect(treeZip(tree, treeMap(tree, half), (a) => a)).toEqual(tree)
      expect(treeZip(tree, treeMap(tree, half), (_, b) => b)).toEqual(treeMap(tree, half))
    })
  })

  test('pairs leaves by key, whatever the order of the keys', () => {
    expect(treeZip({ a: 1, b: 2 }, { b: 20, a: 10 }, (x, y) => x + y)).toEqual({ a: 11, b: 22 })
  })

  test('tells every place where two trees differ', () => {
    const call = () =>
      treeZip({ a: 1, b: [1, 2], c: { d: 1 } } as Tree<number>, { b: [1], c: 3, e: 0 } as Tree<number>, () => 0)
    expect(call).toThrow(ForegradError)
    expect(call).toThrow(
      'a: expected a leaf, got nothing.\nb: expected an array of 2, got an array of 1.\nc: expected a record, got 3.\ne: expected nothing, got 0.\n',
    )
  })
})

describe('paths and leaves', () => {
  test('a path names each leaf, and leads to it', () => {
    holds((tree) => {
      const paths = treePaths(tree)
      expect(new Set(paths).size).toBe(treeLeaves(tree).length)
    })
  })

  test('are written as code would be', () => {
    expect(treePaths({ layers: [{ w: 1 }, { 'odd key': 2 }], b: 3 } as Tree<number>)).toEqual([
      'layers[0].w',
      "layers[1]['odd key']",
      'b',
    ])
    expect(treePaths(5)).toEqual(['(root)'])
  })

  test('leaves put back make the same tree', () => {
    holds((tree) => expect(treeWithLeaves(tree, treeLeaves(tree))).toEqual(tree))
  })
})
