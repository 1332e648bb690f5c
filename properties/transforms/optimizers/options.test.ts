/** Options that optimizers take from optax and torch beside their own. */
import { expect, test } from 'vitest'
import * as f from '../../../lib/index.ts'

/** The weights after each gradient, in float64. */
const run = (tx: f.GradientTransformation, gs: readonly number[], start = 1): number[] => {
  const meaning = f.float64(tx)
  let [params, state]: [f.NumberTree, unknown] = [[start], meaning.init([start])]
  return gs.map((g) => {
    ;({ params, state } = meaning.step([g], state, params))
    return (params as number[])[0] as number
  })
}

test('flipSign: false climbs', () => {
  for (const rate of [0.5, () => 0.5]) {
    expect(run(f.scaleByLearningRate(rate, { flipSign: false }), [2])).toEqual([2])
    expect(run(f.scaleByLearningRate(rate), [2])).toEqual([0])
  }
  expect(() => f.scaleByLearningRate(0.1, { flip: true } as never)).toThrow('scaleByLearningRate: flip')
})

test('adabelief decays as addDecayedWeights does before the rate', () => {
  const parts = (mask: boolean) =>
    f.chain(f.scaleByBelief(), f.addDecayedWeights({ weightDecay: 0.1, mask }), f.scaleByLearningRate(0.1))
  for (const mask of [true, false]) {
    const made = run(f.adabelief(0.1, { weightDecay: 0.1, mask }), [1, -2, 3])
    expect(made).toEqual(run(parts(mask), [1, -2, 3]))
  }
})

test('clipByGlobalNorm(0) leaves nothing, also of nothing', () => {
  expect(run(f.clipByGlobalNorm(0), [3, 0, -2])).toEqual([1, 1, 1])
})

test('dampening leaves the first step whole, as in torch', () => {
  // buf = g at first, then 0.5·buf + 0.75·g
  expect(run(f.sgd(1, { momentum: 0.5, dampening: 0.25 }), [1, 1, 2], 0)).toEqual([-1, -2.25, -4.375])
})

test('raw keeps the maximum of the raw second moment, as in torch', () => {
  const [b2, gs] = [0.9, [2, 0.5, 0.1]]
  let [nu, most, w] = [0, 0, 1]
  const wanted = gs.map((g, i) => {
    nu = b2 * nu + (1 - b2) * g * g
    most = Math.max(most, nu)
    w -= (0.1 * g) / (Math.sqrt(most / (1 - b2 ** (i + 1))) + 1e-8)
    return w
  })
  for (const tx of [
    f.amsgrad(0.1, { b1: 0, b2, raw: true }),
    f.marsAdamw(0.1, { b1: 0, b2, gamma: 0, maxNorm: Infinity, amsgrad: true, optimize1d: true }),
  ]) {
    run(tx as f.GradientTransformation, gs).forEach((x, i) => {
      expect(x).toBeCloseTo(wanted[i] as number, 12)
    })
  }
})
