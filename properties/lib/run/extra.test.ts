import { describe, expect, test } from 'vitest'
import {
  chain,
  expr,
  extraTree,
  float64,
  type GradientTransformation,
  identity,
  lookaheadPermutation,
  masked,
  opaque,
  partition,
  rule,
  scale,
  signal,
  switchEma,
} from '../../../lib/index.ts'
import { distance } from '../../golden/golden.ts'

const { add, mul } = expr

/** u = factor·g + shift, both given by name. */
const reader = (): GradientTransformation =>
  rule({
    name: 'reader',
    slots: {},
    update: ({ g }) => ({ u: add(mul(signal('factor'), g), extraTree('shift')), next: {} }),
  })

/** A stage that no rule can fuse with, and what it was given by name. */
const byHand = (seen: unknown[] = []): GradientTransformation => {
  const update = (updates: never, state: unknown, _params: unknown, extra: unknown) => {
    seen.push(extra)
    return [updates, state] as const
  }
  return opaque({ name: 'byHand', init: () => [], update, float64: { init: () => [], update } } as never)
}

const wrappers: { readonly [name: string]: (tx: GradientTransformation) => GradientTransformation } = {
  nothing: (tx) => tx,
  chain: (tx) => chain(scale(1), chain(tx, identity())),
  'chain with an opaque stage before': (tx) => chain(byHand(), tx),
  'chain with an opaque stage behind': (tx) => chain(tx, byHand()),
  masked: (tx) => masked(tx, { a: true, b: true }),
  'masked with an opaque stage': (tx) => masked(chain(byHand(), tx), { a: true, b: true }),
  partition: (tx) => partition({ x: tx, y: chain(tx) }, { a: 'x', b: 'y' }),
  'partition with an opaque stage': (tx) => partition({ x: chain(tx, byHand()), y: tx }, { a: 'x', b: 'y' }),
  switchEma: (tx) => switchEma(tx),
  'switchEma with an opaque stage': (tx) => switchEma(chain(tx, byHand())),
  lookaheadPermutation: (tx) => lookaheadPermutation(tx, { k: 100, mask: false }),
  'both, with an opaque stage': (tx) => lookaheadPermutation(switchEma(chain(byHand(), tx)), { k: 100, mask: false }),
}

const params = { a: [1, 2], b: [[3], [4]] }
const grads = { a: [5, 6], b: [[7], [8]] }
const shift = { a: [0.5, 0.25], b: [[1], [-1]] }

describe('what is given by name', () => {
  test.each(Object.keys(wrappers))('reaches a rule inside %s', (name) => {
    const tx = float64(wrappers[name]!(reader()))
    const extra = { factor: 2, shift }
    const wanted = { a: [10.5, 12.25], b: [[15], [15]] }
    expect(distance(tx.update(grads, tx.init(params), params, extra)[0], wanted)).toBeLessThan(1e-12)
    const { params: stepped } = tx.step(grads, tx.init(params), params, extra)
    expect(distance(stepped, { a: [11.5, 14.25], b: [[18], [19]] })).toBeLessThan(1e-12)
  })

  test.each(Object.keys(wrappers))('and is asked for where it is missing: %s', (name) => {
    const tx = float64(wrappers[name]!(reader()))
    expect(() => tx.step(grads, tx.init(params), params, { shift })).toThrow(/factor.*Pass \{ factor \}/)
    expect(() => tx.step(grads, tx.init(params), params, { factor: 1 })).toThrow(/shift.*Pass \{ shift \}/)
  })

  test('reaches opaque stages, under a mask with the trees cut to its leaves', () => {
    const seen: unknown[] = []
    const tx = float64(masked(chain(byHand(seen), scale(2)), { a: true, b: false }))
    tx.update(grads, tx.init(params), params, { factor: 3, shift })
    expect(seen).toMatchObject([{ factor: 3, shift: { a: { shape: [2] }, b: [] } }])
  })
})
