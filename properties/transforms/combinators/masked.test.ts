import { describe, expect, test } from 'vitest'
import {
  adam,
  chain,
  clipByGlobalNorm,
  float64,
  type GradientTransformation,
  identity,
  masked,
  ndarray,
  opaque,
  partition,
  scale,
  scaleByAdam,
  scaleByLbfgs,
  sgd,
  trace,
  treeMap,
} from '../../../lib/index.ts'

const params = { w: [3, 4], b: [12], s: 1 }
const grads = { w: [3, 4], b: [12], s: 5 }

const halve: GradientTransformation = opaque({
  name: 'halve',
  init: () => ({}),
  update: () => {
    throw new Error('not on tensors here')
  },
  float64: {
    init: () => ({}),
    update: (u, state) => [
      treeMap(u, ({ data, shape }) =>
        ndarray(
          data.map((x) => x / 2),
          shape,
        ),
      ),
      state,
    ],
  },
})

describe('masked', () => {
  test('a norm inside sees the masked leaves only', () => {
    const reader = float64(masked(clipByGlobalNorm(1), { w: true, b: false, s: false }))
    const [updates] = reader.update(grads, reader.init(params))
    expect(updates).toEqual({ w: [expect.closeTo(0.6), expect.closeTo(0.8)], b: [12], s: 5 })
  })

  test('an answer for a leaf that is not there is refused, however deep', () => {
    const tx = masked(scaleByAdam(), { w: { inner: true, other: true }, b: false })
    expect(() => float64(tx).init({ w: { inner: [1] }, b: 2 })).toThrow(/^mask: w\.other: expected nothing/)
  })

  test('the state has a hole for every other leaf', () => {
    const state = float64(masked(scaleByAdam(), { w: true, b: false, s: false })).init(params)
    expect(state).toEqual({
      innerState: { count: 0, mu: { w: [0, 0], b: [], s: [] }, nu: { w: [0, 0], b: [], s: [] } },
    })
  })

  test('an opaque stage inside sees its own leaves only', () => {
    const reader = float64(masked(halve, (p) => treeMap(p, (leaf) => (leaf as { rank: number }).rank === 0)))
    expect(reader.update(grads, reader.init(params))[0]).toEqual({ w: [3, 4], b: [12], s: 2.5 })
  })

  test.each([
    ['masked', (tx: GradientTransformation) => masked(tx, (p) => treeMap(p, () => false))],
    [
      'partition',
      (tx: GradientTransformation) => partition({ own: tx, other: scale(-1) }, (p) => treeMap(p, () => 'other')),
    ],
  ])('%s: a stage with a check that no leaf is for has no state and finds nothing wrong with it', (_, wrap) => {
    const checked = scaleByLbfgs({ memorySize: 2 })
    const reader = float64(wrap(checked as GradientTransformation))
    const state = reader.init(params)
    expect(reader.step(grads, state, params).state).toEqual(state)
  })

  test('an opaque stage between rules runs as it is', () => {
    const reader = float64(chain(scale(2), halve, scale(-1)))
    expect(reader.step(grads, reader.init(params), params).params).toEqual({ w: [0, 0], b: [0], s: -4 })
  })
})

describe('partition', () => {
  test('gives every leaf to the transformation of its label, norms and all', () => {
    const tx = partition({ clipped: clipByGlobalNorm(1), plain: scale(-1) }, { w: 'clipped', b: 'plain', s: 'plain' })
    const reader = float64(tx)
    const [updates, state] = reader.update(grads, reader.init(params))
    expect(updates).toEqual({ w: [expect.closeTo(0.6), expect.closeTo(0.8)], b: [-12], s: -5 })
    expect(Object.keys((state as { innerStates: object }).innerStates)).toEqual(['clipped', 'plain'])
  })

  test('keeps the state of each label as masked would', () => {
    const [fast, mask] = [trace({ decay: 0.9 }), { w: true, b: false, s: false }]
    const state = float64(partition({ fast, none: identity() }, { w: 'fast', b: 'none', s: 'none' })).init(params)
    expect(state).toEqual({
      innerStates: { fast: float64(masked(fast, mask)).init(params), none: { innerState: [] } },
    })
  })

  test('keeps the state of an opaque stage in the same place', () => {
    const state = float64(partition({ halve, fast: trace({ decay: 0.9 }) }, { w: 'fast', b: 'halve', s: 'fast' })).init(
      params,
    )
    expect(state).toMatchObject({ innerStates: { halve: { innerState: {} }, fast: { innerState: { trace: {} } } } })
  })

  test('predicts every leaf by its own mark', () => {
    const tx = partition(
      { fast: sgd(0.1, { predictSteps: 2 }), slow: sgd(0.01, { predictSteps: 3 }), none: adam(0.1) },
      { w: 'fast', b: 'slow', s: 'none' },
    )
    const reader = float64(tx)
    const { params: moved, ahead } = reader.step(grads, reader.init(params), params)
    const near = (x: number) => expect.closeTo(x, 10)
    expect(moved).toMatchObject({ w: [near(2.7), near(3.6)], b: [near(11.88)] })
    expect(ahead).toMatchObject({ w: [near(2.1), near(2.8)], b: [near(11.52)], s: (moved as { s: number }).s })
  })
})
