/** Methods on matrices that look ahead: the place of the next gradient lies along the optimizer's own direction. */
import { describe, expect, test } from 'vitest'
import * as f from '../../../lib/index.ts'
import { type GradientTransformation, type Hyper, linearSchedule } from '../../../lib/index.ts'
import { distance } from '../../golden/golden.ts'

interface Family {
  readonly make: (rate: Hyper, predictSteps?: number) => GradientTransformation
  /** The decay that stays out of the forecast. */
  readonly decay: number
}

const weightDecay = 0.1
const steps = (predictSteps: number | undefined) => (predictSteps === undefined ? {} : { predictSteps })
const family = (make: Family['make'], decay = 0): Family => ({ make, decay })
const decays = { weightDecay, adamWeightDecay: weightDecay }

/** Every optimizer on matrices. */
const families: Readonly<Record<string, Family>> = {
  muon: family((rate, s) => f.muon(rate, { ...decays, ...steps(s) }), weightDecay),
  'muon, a rate for Adam': family((rate, s) => f.muon(rate, { adamLearningRate: rate, adaptive: true, ...steps(s) })),
  adamuon: family((rate, s) => f.adamuon(rate, { ...decays, ...steps(s) }), weightDecay),
  normuon: family((rate, s) => f.normuon(rate, { ...decays, ...steps(s) }), weightDecay),
  marsM: family((rate, s) => f.marsM(rate, { gamma: 0.01, weightDecay: 0, ...steps(s) })),
  scion: family((rate, s) => f.scion(rate, steps(s))),
  soap: family((rate, s) => f.soap(rate, { weightDecay, preconditionFrequency: 2, ...steps(s) }), weightDecay),
  'soap in blocks': family((rate, s) => f.soap(rate, { weightDecay: 0, blockSize: 2, ...steps(s) })),
  shampoo: family((rate, s) => f.shampoo(rate, { weightDecay, momentum: 0.9, ...steps(s) }), weightDecay),
  'shampoo in blocks': family((rate, s) => f.shampoo(rate, { blockSize: 2, graft: 'sgd', ...steps(s) })),
  kron: family((rate, s) => f.kron(rate, { weightDecay, ...steps(s) }), weightDecay),
  galore: family((rate, s) => f.galore(rate, { rank: 1, updateProjGap: 2, weightDecay, ...steps(s) }), weightDecay),
  apollo: family((rate, s) => f.apollo(rate, { rank: 1, updateProjGap: 2, weightDecay, ...steps(s) }), weightDecay),
  adamMini: family((rate, s) => f.adamMini(rate, { weightDecay, ...steps(s) }), weightDecay),
  marsShampoo: family((rate, s) => f.marsShampoo(rate, { weightDecay: 0, vector: { weightDecay: 0 }, ...steps(s) })),
  'a direction in blocks': family((rate, s) =>
    f.chain(
      f.blocked(f.scaleByShampoo(), { size: 2 }),
      ...(s === undefined ? [] : [f.predictAhead({ steps: s, learningRate: rate })]),
      f.scaleByLearningRate(rate),
    ),
  ),
}

interface Weights {
  readonly w: number[][]
  readonly b: number[]
}
interface Point {
  readonly params: Weights
  readonly ahead: Weights
}

const start: Weights = {
  w: [
    [1, -2, 0.5],
    [0.25, 3, -1],
  ],
  b: [0.5, -1, 2],
}
const rate = 0.05
const count = 5

const map = (f: (...xs: number[]) => number, ...trees: readonly Weights[]): Weights => ({
  w: trees[0]!.w.map((row, i) => row.map((_, j) => f(...trees.map(({ w }) => w[i]![j]!)))),
  b: trees[0]!.b.map((_, i) => f(...trees.map(({ b }) => b[i]!))),
})
const targetAt = (t: number): Weights => {
  let k = 0
  return map((x) => x / 2 + Math.sin(3 * t + k++), start)
}

/** On a quadratic whose minimum moves; `fixed`: the gradient does not look at the weights. */
const train = (tx: GradientTransformation, fixed = false): Point[] => {
  const reader = f.float64(tx)
  let now: Point = { params: start, ahead: start }
  let state = reader.init(start as never)
  return Array.from({ length: count }, (_, t) => {
    const gradient = map((w, target) => (fixed ? target : w - target), now.ahead, targetAt(t))
    const made = reader.step(gradient as never, state, now.params as never)
    state = made.state
    const params = made.params as never as Weights
    now = { params, ahead: (made.ahead ?? params) as never as Weights }
    return now
  })
}
const paramsOf = (points: readonly Point[]): Weights[] => points.map(({ params }) => params)

describe.each(Object.entries(families))('%s', (_, { make, decay }) => {
  test('0 steps ahead is plain, bit for bit', () => {
    expect(train(make(rate, 0))).toEqual(train(make(rate)))
  })

  test('the place ahead is w + s·(w − (1 − rate·decay)·the w before), and is where the next gradient is taken', () => {
    for (const s of [0.5, 2]) {
      const points = train(make(rate, s))
      points.forEach(({ params, ahead }, t) => {
        const before = points[t - 1]?.params ?? start
        const expected = map((w, old) => w + s * (w - (1 - rate * decay) * old), params, before)
        expect(distance(ahead as never, expected as never)).toBeLessThan(1e-12)
      })
    }
    expect(paramsOf(train(make(rate, 2))).at(-1)).not.toEqual(paramsOf(train(make(rate))).at(-1))
  })

  test('a forecast changes nothing where the gradient does not look at the weights', () => {
    expect(paramsOf(train(make(rate, 2.5), true))).toEqual(paramsOf(train(make(rate), true)))
  })

  test('under a schedule it goes by the rate of the coming step', () => {
    const falling = linearSchedule({ initValue: 0.1, endValue: 0.01, transitionSteps: 4 })
    const points = train(make(falling, 2), true)
    points.forEach(({ params, ahead }, t) => {
      const before = points[t - 1]?.params ?? start
      const [now, coming] = [falling(t), falling(t + 1)]
      const expected = map((w, old) => w + 2 * (coming / now) * (w - (1 - now * decay) * old), params, before)
      expect(distance(ahead as never, expected as never)).toBeLessThan(1e-12)
    })
  })
})

describe('what cannot look ahead says so', () => {
  test('a forecast inside of a stage, which is given no parameters', () => {
    const forecasting = f.chain(f.scaleByAdam(), f.predictAhead({ steps: 1, learningRate: 0.1 }))
    expect(() => f.blocked(forecasting, { size: 2 })).toThrow('expected a transformation without a forecast')
    expect(() => f.galore(0.1, { baseOptimizer: forecasting })).toThrow('expected a transformation without a forecast')
    expect(() => f.blocked(f.shampoo(0.1, { predictSteps: 1 }), { size: 2 })).toThrow(/no params|without a forecast/)
  })

  test('a direction that has no option for it', () => {
    for (const make of [
      f.scaleBySoap,
      f.scaleByShampoo,
      f.scaleByKron,
      f.scaleByGalore,
      f.scaleByApollo,
      f.scaleByMuon,
    ])
      expect(() => make({ predictSteps: 1 } as never)).toThrow(/predictSteps: expected .*got an unknown option/)
  })

  test('steps that are no number from 0 up', () => {
    for (const { make } of Object.values(families).slice(0, -1)) expect(() => make(rate, -1)).toThrow(/predictSteps/)
  })
})
