import { describe, expect, expectTypeOf, test } from 'vitest'
import * as e from '../../../lib/expr/expr.ts'
import { maxLeaf, maxTree, sumLeaf, sumTree } from '../../../lib/expr/reductions.ts'
import { formula } from '../../../lib/expr/show.ts'
import { debias, ema, normLeaf, normTree, square } from '../../../lib/expr/words.ts'
import { ForegradError } from '../../../lib/index.ts'

const cell = e.input('grads', 'g', 'cell')
const leaf = e.input('slot', 'l', 'leaf')
const step = e.input('slot', 't', 'step')

describe('the rank of what is built', () => {
  test('is the highest of its operands, as a type and at run time', () => {
    expectTypeOf(e.add(cell, 1)).toEqualTypeOf<e.Expr<'cell'>>()
    expectTypeOf(e.mul(leaf, step)).toEqualTypeOf<e.Expr<'leaf'>>()
    expectTypeOf(e.sub(1, step)).toEqualTypeOf<e.Expr<'step'>>()
    expectTypeOf(e.select(leaf, cell, 0)).toEqualTypeOf<e.Expr<'cell'>>()
    const ranks = [e.add(cell, 1), e.mul(leaf, step), e.sub(1, step), e.select(leaf, cell, 0), e.neg(leaf)]
    expect(ranks.map(({ rank }) => rank)).toEqual(['cell', 'leaf', 'step', 'cell', 'leaf'])
  })

  test('is lowered by a reduction', () => {
    expectTypeOf(sumLeaf(cell)).toEqualTypeOf<e.Expr<'leaf'>>()
    expectTypeOf(normTree(cell)).toEqualTypeOf<e.Expr<'step'>>()
    expect([sumLeaf(cell), maxTree(cell), normLeaf(cell)].map(({ rank }) => rank)).toEqual(['leaf', 'step', 'leaf'])
  })

  test('must be cell where it is reduced: a type error, and a ForegradError', () => {
    // @ts-expect-error a number a leaf is no number an element
    expect(() => sumLeaf(leaf)).toThrow(ForegradError)
    // @ts-expect-error nor is a number a step
    expect(() => maxTree(step)).toThrow('maxTree: expected an expression of rank cell, got rank step.')
  })

  test('must be step for a count and a decay', () => {
    // @ts-expect-error a bias correction counts updates, not elements
    debias(cell, 0.9, cell)
    debias(cell, 0.9, step)
  })
})

describe('what is no expression', () => {
  test.each([null, undefined, 'x', {}, [1]])('%j is refused', (x) => {
    expect(() => e.add(cell, x as never)).toThrow(ForegradError)
  })
})

describe('a formula', () => {
  test.each([
    [e.add(e.mul(cell, cell), 1), 'g² + 1'],
    [e.sub(cell, e.sub(cell, 1)), 'g − (g − 1)'],
    [e.div(cell, e.mul(2, cell)), 'g / (2·g)'],
    [e.sqrt(sumTree(square(cell))), '√Σ_tree(g²)'],
    [e.select(e.less(cell, 0), e.neg(cell), cell), '(g < 0 ? −g : g)'],
    [e.pow(0.9, step), '0.9^t'],
    [ema(leaf, maxLeaf(e.abs(cell)), 0.5), '0.5·l + (1 − 0.5)·max(|g|)'],
  ])('is written %#', (expr, text) => {
    expect(formula(expr as e.Expr)).toBe(text)
  })
})
