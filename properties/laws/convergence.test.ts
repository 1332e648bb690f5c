/** What theory says of how optimizers converge, and mistakes that only these laws notice without a formula. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  adagrad,
  adam,
  addDecayedWeights,
  chain,
  float64,
  type GradientTransformation,
  lamb,
  lion,
  noisySgd,
  scale,
  scaleByAdam,
  scaleByLion,
  scaleBySign,
  sgd,
} from '../../lib/core.ts'
import { NdArray } from '../../lib/data/ndArray.ts'
import { symmetries } from '../catalogue/symmetries.ts'
import { catalogue } from '../catalogue.ts'
import { mutants } from '../mutants/mutants.ts'
import { convergesAtItsRate } from './convergesAtItsRate.ts'
import { goesDownhill } from './goesDownhill.ts'
import { checkLaws } from './lawsOf.ts'
import { scalesWithGradients } from './scalesWithGradients.ts'
import { shiftsWithParams } from './shiftsWithParams.ts'
import { staysWithinItsRegret } from './staysWithinItsRegret.ts'
import type { LinearRate, RegretBound, SubjectOptions } from './subject.ts'
import { machine, numberWorld } from './world.ts'

const all = [convergesAtItsRate, goesDownhill, scalesWithGradients, shiftsWithParams, staysWithinItsRegret]

/** What these laws say of an optimizer of which this is known: nothing, or their failures. */
const said = (tx: GradientTransformation, known: SubjectOptions): Promise<string> =>
  checkLaws('mine', () => tx, { on: 'float64', laws: all, runs: 10, seed: 1, say: () => undefined, ...known }).then(
    () => '',
    (error: Error) => error.message,
  )

/** The larger absolute value of the two eigenvalues of a matrix of this trace and determinant. */
const spectralRadius = (trace: number, determinant: number): number => {
  const root = trace ** 2 / 4 - determinant
  return root < 0 ? Math.sqrt(determinant) : Math.abs(trace / 2) + Math.sqrt(root)
}

/** w'' = (1 + b − lr·h)·w' − b·w. Source: Polyak 1964. */
const heavyBall =
  (lr: number, b: number): LinearRate =>
  (h) =>
    spectralRadius(1 + b - lr * h, b)

/** y = w' + b·(w' − w), w'' = (1 − lr·h)·y. Source: Nesterov 1983. */
const nesterov =
  (lr: number, b: number): LinearRate =>
  (h) =>
    spectralRadius((1 + b) * (1 - lr * h), b * (1 - lr * h))

describe('on a quadratic of curvature h', () => {
  test.each<readonly [string, GradientTransformation, LinearRate]>([
    ['descent: |1 − lr·h|', sgd(0.1), (h) => Math.abs(1 - 0.1 * h)],
    ['descent that diverges', sgd(0.7), (h) => Math.abs(1 - 0.7 * h)],
    ['momentum: its spectral radius', sgd(0.1, { momentum: 0.9 }), heavyBall(0.1, 0.9)],
    ['momentum, where eigenvalues are real', sgd(0.02, { momentum: 0.3 }), heavyBall(0.02, 0.3)],
    ['momentum with dampening', sgd(0.1, { momentum: 0.9, dampening: 0.5 }), heavyBall(0.05, 0.9)],
    ["Nesterov's momentum", sgd(0.1, { momentum: 0.9, nesterov: true }), nesterov(0.1, 0.9)],
    ['momentum with a forecast of as many steps', sgd(0.1, { momentum: 0.9, predictSteps: 0.9 }), nesterov(0.1, 0.9)],
  ])('%s', async (_, tx, linearRate) => {
    expect(await said(tx, { linearRate })).toBe('')
  })

  test.each<readonly [string, GradientTransformation, LinearRate]>([
    ['0.99 for 0.9', sgd(0.1, { momentum: 0.99 }), heavyBall(0.1, 0.9)],
    ['1 − b on the gradient', sgd(0.1, { momentum: 0.9, dampening: 0.9 }), heavyBall(0.1, 0.9)],
    ["Nesterov's for Polyak's", sgd(0.1, { momentum: 0.9, nesterov: true }), heavyBall(0.1, 0.9)],
    ['no forecast', sgd(0.1, { momentum: 0.9 }), nesterov(0.1, 0.9)],
    ['a forecast of twice as many steps', sgd(0.1, { momentum: 0.9, predictSteps: 1.8 }), nesterov(0.1, 0.9)],
  ])('a planted mistake breaks "converges at its rate": %s', async (_, tx, linearRate) => {
    expect(await said(tx, { linearRate })).toContain('converges at its rate')
  })

  test('momentum that looks ahead by s = momentum steps: its places are the iterates of Nesterov, whatever the curvature', () => {
    const numbers = fc.array(fc.integer({ min: -40, max: 40 }), { minLength: 3, maxLength: 3 })
    const curvatures = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 3, maxLength: 3 })
    const momenta = fc.constantFrom(0, 0.3, 0.9, 0.99)
    fc.assert(
      fc.property(numbers, curvatures, momenta, (start, curvature, momentum) => {
        const along = (tx: GradientTransformation) => {
          const { init, step } = float64(tx)
          let [params, place, state]: [number[], number[], unknown] = [start, start, init(start)]
          return Array.from({ length: 12 }, () => {
            const grads = place.map((w, i) => (curvature[i] as number) * 0.1 * w)
            const made = step(grads, state, params, {}, place)
            state = made.state
            params = made.params as number[]
            place = (made.ahead ?? made.params) as number[]
            return place
          }).flat()
        }
        const [ahead, theirs] = [
          along(sgd(0.05, { momentum, predictSteps: momentum })),
          along(sgd(0.05, { momentum, nesterov: true })),
        ]
        ahead.forEach((x, i) => {
          expect(Math.abs(x - (theirs[i] as number))).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(x)))
        })
      }),
      { seed: 1, numRuns: 100 },
    )
  })
})

/**
 * Σ (D²/(2·lr) + lr)·√(s0 + eps + Σg²), D the farthest that an element was from the best. Source: Duchi, Hazan & Singer 2011, Theorem 5 and Lemma 4, for a
 * diagonal that begins at s0.
 */
const regretOfAdagrad =
  (lr: number, start: number): RegretBound =>
  (farthest, gradients) =>
    farthest.reduce((sum, D, i) => {
      const squares = (gradients[i] as readonly number[]).reduce((s, g) => s + g * g, start)
      return sum + (D ** 2 / (2 * lr) + lr) * Math.sqrt(squares)
    }, 0)

describe('the regret of Adagrad', () => {
  const regretBound = regretOfAdagrad(8, 0.1 + 1e-7)
  test('stays within its bound', async () => {
    expect(await said(adagrad(8), { regretBound })).toBe('')
  })

  test('does not where the sum of squares is that of one step', async () => {
    const wrong = mutants(adagrad(8)).filter(({ name }) => name === 'sumOfSquares not updated')
    expect(wrong).toHaveLength(1)
    expect(await said(wrong[0]!.tx, { regretBound })).toContain('stays within its regret')
  })
})

describe('symmetries', () => {
  const invariant = { scales: { degree: 0 } }
  test('Lion does not see the size of its gradients; without its sign it does', async () => {
    expect(await said(scaleByLion(), { ...invariant, shifts: true })).toBe('')
    const wrong = mutants(scaleByLion()).filter(({ name }) => name === 'sign left out')
    expect(await said(wrong[0]!.tx, invariant)).toContain('scales with its gradients')
  })

  test('Adam does not up to its eps: with one of 0.1, or without the root, it does', async () => {
    expect(await said(scaleByAdam(), { scales: { degree: 0, within: 1e-3 } })).toBe('')
    expect(await said(scaleByAdam(), invariant)).toContain('scales with its gradients')
    expect(await said(scaleByAdam({ eps: 0.1 }), { scales: { degree: 0, within: 1e-3 } })).toContain('scales with')
    const wrong = mutants(scaleByAdam()).filter(({ name }) => name === 'the root left out')
    expect(await said(wrong[0]!.tx, { scales: { degree: 0, within: 1e-3 } })).toContain('scales with')
  })

  test('a linear rule is odd and of degree 1; a sign is not', async () => {
    expect(await said(sgd(0.1, { momentum: 0.9 }), { scales: { degree: 1 }, shifts: true })).toBe('')
    expect(await said(scaleBySign(), { scales: { degree: 1 } })).toContain('scales with its gradients')
  })

  test('weight decay and trust ratios see where the origin is', async () => {
    expect(await said(adam(0.1), { shifts: true })).toBe('')
    for (const tx of [
      chain(addDecayedWeights({ weightDecay: 0.1 }), scale(-0.1)),
      lamb(0.1),
      lion(0.1, { weightDecay: 0.1 }),
    ])
      expect(await said(tx, { shifts: true })).toContain('shifts with its parameters')
  })

  test('are declared of rows that there are, once each', () => {
    const rows = new Set(catalogue.map(({ name }) => name))
    expect(symmetries.filter(([name]) => !rows.has(name))).toEqual([])
    const scales = symmetries.flatMap(([name, { scales }]) => (scales ? [name] : []))
    expect(scales.filter((name, i) => scales.indexOf(name) !== i)).toEqual([])
    expect(catalogue.filter(({ scales }) => scales).length).toBe(scales.length)
  })
})

test('descent with noise of variance v settles at lr·v/(h·(2 − lr·h)) around the minimum', () => {
  // 4,000 elements, each a chain of its own; after 200 steps at lr·h = 0.1 the start counts for 0.9^200.
  const [n, lr, v, h] = [4000, 0.1, 0.04, 1]
  const own = machine(noisySgd(lr, { eta: v, gamma: 0, key: 7 }).form, numberWorld)
  let params: NdArray = new NdArray(new Float64Array(n).fill(3), [n])
  let state = own.init(params)
  for (let t = 0; t < 200; t++) {
    const made = own.step(
      new NdArray(
        params.data.map((w) => h * w),
        [n],
      ),
      state,
      params,
    )
    params = made.params as NdArray
    state = made.state
  }
  const mean = params.data.reduce((sum, w) => sum + w, 0) / n
  const variance = params.data.reduce((sum, w) => sum + (w - mean) ** 2, 0) / (n - 1)
  const theory = (lr * v) / (h * (2 - lr * h))
  // The elements are normal and independent: mean and variance lie within five of their standard errors but once in a million keys; this key is fixed.
  expect(Math.abs(mean)).toBeLessThan(5 * Math.sqrt(theory / n))
  expect(Math.abs(variance / theory - 1)).toBeLessThan(5 * Math.sqrt(2 / (n - 1)))
})
