import { describe, expect, test } from 'vitest'
import {
  adamw,
  copyOfParams,
  counter,
  expr,
  ForegradError,
  float64,
  moment,
  perLeaf,
  predictAhead,
  rule,
  scaleByAdam,
  show,
} from '../../../lib/index.ts'

const errorOf = (call: () => unknown): ForegradError => {
  try {
    call()
  } catch (error) {
    if (error instanceof ForegradError) return error
    throw error
  }
  throw new Error('nothing was raised')
}

describe('next names every slot and no other', () => {
  test('a slot that it lacks is a type error and a ForegradError', () => {
    const error = errorOf(() =>
      rule({
        name: 'forgetful',
        slots: { mu: moment, nu: moment },
        // @ts-expect-error next lacks nu
        update: ({ g }, { mu }) => ({ u: g, next: { mu } }),
      }),
    )
    expect(error.code).toBe('bad-rule')
    expect(error.message).toContain('nu: expected')
  })

  test('a slot too many is a type error and a ForegradError', () => {
    const error = errorOf(() =>
      rule({
        name: 'inventive',
        slots: { mu: moment },
        // @ts-expect-error there is no slot extra
        update: ({ g }, { mu }) => ({ u: g, next: { mu, extra: mu } }),
      }),
    )
    expect(error.code).toBe('bad-rule')
    expect(error.message).toContain('extra: expected nothing')
  })

  test('an expression of too high a rank is a type error and a ForegradError', () => {
    const error = errorOf(() =>
      rule({
        name: 'tall',
        slots: { count: counter, size: perLeaf() },
        // @ts-expect-error a counter cannot hold a number an element
        update: ({ g }, { size }) => ({ u: g, next: { count: g, size } }),
      }),
    )
    expect(error.faults.map(({ expected, got }) => [expected, got])).toEqual([['rank step or lower', 'rank cell']])
  })

  test('a host number that depends on a reduction is refused', () => {
    const make = () =>
      rule({
        name: 'late',
        slots: { count: counter },
        update: ({ g }) => ({ u: g, next: { count: expr.normTree(g) } }),
      })
    expect(errorOf(make).faults[0]).toMatchObject({ expected: 'a host number' })
  })

  test('all that is wrong with a rule is told at once', () => {
    const make = () => rule({ name: '', slots: { mu: 3 }, update: null } as never)
    expect(errorOf(make).faults.map(({ path }) => path)).toEqual(['rule: name', 'rule : slots.mu', 'rule: update'])
  })
})

describe('slots', () => {
  test('start as they are told', () => {
    const tx = rule({
      name: 'kinds',
      slots: { m: moment, start: copyOfParams, l: perLeaf(2), t: counter },
      update: ({ g }, state) => ({ u: g, next: state }),
    })
    expect(float64(tx).init({ w: [3, 4], b: [[5]] })).toEqual({
      m: { w: [0, 0], b: [[0]] },
      start: { w: [3, 4], b: [[5]] },
      l: { w: 2, b: 2 },
      t: 0,
    })
  })
})

describe('show', () => {
  test('writes scaleByAdam as its paper does', () => {
    expect(show(scaleByAdam())).toMatchInlineSnapshot(`
      "scaleByAdam
        count' = count + 1
        mu'    = 0.9·mu + (1 − 0.9)·g
        nu'    = 0.999·nu + (1 − 0.999)·g²
        u      = mu' / (1 − 0.9^count') / (√(nu' / (1 − 0.999^count')) + 1e-8)"
    `)
  })

  test('writes the forecast of adamw without the decay', () => {
    expect(show(adamw(0.01, { weightDecay: 0.1, predictSteps: 2 }))).toMatchInlineSnapshot(`
      "chain
        [0].count' = [0].count + 1
        mu'        = 0.9·mu + (1 − 0.9)·g
        nu'        = 0.999·nu + (1 − 0.999)·g²
        [1].count' = [1].count + 1
        u          = (−0.01)·(mu' / (1 − 0.9^[0].count') / (√(nu' / (1 − 0.999^[0].count')) + 1e-8) + 0.1·p)
        ahead      = w + (−2)·0.01·mu' / (1 − 0.9^[0].count') / (√(nu' / (1 − 0.999^[0].count')) + 1e-8)"
    `)
  })

  test('writes a mark that is told no learning rate', () => {
    expect(show(predictAhead({ steps: 1 }))).toMatchInlineSnapshot(`
      "predictAhead
        count' = count + 1
        u      = g
        ahead  = w + 1·g"
    `)
  })

  test('refuses an update that is made of the parameters after it', () => {
    const circle = () =>
      rule({
        name: 'circle',
        slots: {},
        update: ({ g, moved, w }) => ({ u: expr.add(g, moved), next: {}, project: w }),
      })
    expect(circle).toThrow('rule circle: u: expected an update of g and p')
    expect(circle).toThrow('rule circle: project: expected an expression of moved')
  })
})
