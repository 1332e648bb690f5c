import { describe, expect, test } from 'vitest'
import * as f from '../../../lib/index.ts'

type Injected = {
  readonly count: number
  readonly hyperparams: Readonly<Record<string, number>>
  readonly innerState: unknown
}

const params = [1, -2]
const grads = [
  [0.5, 1],
  [-1, 2],
  [3, -0.5],
]

const run = (
  tx: f.GradientTransformation<never>,
  change?: (state: Injected, i: number) => Injected,
  extra?: object,
) => {
  const reader = f.float64(tx as never)
  let at: { params: unknown; state: unknown } = { params, state: reader.init(params) }
  return grads.map((g, i) => {
    const state = change ? change(at.state as Injected, i) : at.state
    at = reader.step(g, state, at.params as number[], extra as never)
    return at
  })
}

describe('injectHyperparams', () => {
  test('changes nothing but the state, in which all numbers are', () => {
    const made = run(f.injectHyperparams(f.adamw)(0.1) as never)
    expect(made.map((step) => step.params)).toEqual(run(f.adamw(0.1) as never).map((step) => step.params))
    expect((made[2]!.state as Injected).hyperparams).toEqual({
      ...{ learningRate: 0.1, b1: 0.9, b2: 0.999, eps: 1e-8, epsRoot: 0, weightDecay: 1e-4 },
    })
  })

  test('a number that is written holds from the next step on', () => {
    const made = run(f.injectHyperparams(f.sgd)(0.1) as never, (state, i) =>
      i === 1 ? { ...state, hyperparams: { ...state.hyperparams, learningRate: 1 } } : state,
    )
    expect(made.map((step) => step.params)).toEqual([
      [1 - 0.05, -2 - 0.1],
      [1 - 0.05 + 1, -2 - 0.1 - 2],
      [1 - 0.05 + 1 - 3, -2 - 0.1 - 2 + 0.5],
    ])
  })

  test('takes a schedule where the factory takes a number, and writing over it has no effect', () => {
    const half = f.schedule((count) => f.expr.div(1, f.expr.add(count, 1)))
    const tx = f.injectHyperparams(f.clipByGlobalNorm)(half)
    const made = run(tx as never, (state) => ({ ...state, hyperparams: { maxNorm: 100 } }))
    expect(made.map((step) => (step.state as Injected).hyperparams.maxNorm)).toEqual([1, 1 / 2, 1 / 3])
    const norms = made.map(({ params: p }, i) => {
      const before = (i === 0 ? params : (made[i - 1]?.params as number[])) as number[]
      return Math.hypot(...(p as number[]).map((x, j) => x - before[j]!))
    })
    for (const [i, norm] of norms.entries()) expect(norm).toBeCloseTo(1 / (i + 1), 14)
  })

  test('leaves what is no number, what is static and what the factory computes with', () => {
    const mask = (p: unknown) => f.treeMap(p as f.Tree<unknown>, () => true)
    const tx = f.injectHyperparams(f.adamw, { staticArgs: ['b1'] })(0.1, { b1: 0.8, mask, nesterov: true } as never)
    const names = Object.keys((f.float64(tx as never).init(params) as Injected).hyperparams)
    expect(names.sort()).toEqual(['b2', 'eps', 'epsRoot', 'learningRate', 'weightDecay'])
    const found = f.injectHyperparams(f.prodigy)(1, { estimLr0: 0.1 } as never)
    expect((f.float64(found as never).init(params) as Injected).hyperparams).not.toHaveProperty('estimLr0')
  })

  test('every optimizer with a rate takes it from the state', () => {
    const of = (key: 'adam' | 'lion' | 'lamb' | 'rmsprop' | 'adan' | 'yogi' | 'novograd' | 'radam' | 'adamax') => {
      const make = f[key] as (rate: number) => f.GradientTransformation
      const made = run(f.injectHyperparams(make)(0.3) as never)
      expect(made[2]?.params, key).toEqual(run(make(0.3) as never)[2]?.params)
    }
    for (const key of ['adam', 'lion', 'lamb', 'rmsprop', 'adan', 'yogi', 'novograd', 'radam', 'adamax'] as const)
      of(key)
  })

  test('nests', () => {
    const inner = (rate: number) => f.chain(f.injectHyperparams(f.clipByGlobalNorm)(1), f.sgd(rate))
    const tx = f.injectHyperparams(inner)(0.5)
    expect(f.hyperparams(tx as never, f.float64(tx as never).init(params) as never)).toEqual({ learningRate: 0.5 })
    expect(run(tx as never)[2]?.params).toEqual(run(inner(0.5) as never)[2]?.params)
  })

  test.each([
    ['no factory', () => f.injectHyperparams(3 as never), 'bad-hyperparameter', /injectHyperparams: factory/],
    [
      'names that are none',
      () => f.injectHyperparams(f.sgd, { staticArgs: 'b1' } as never),
      'bad-hyperparameter',
      /staticArgs/,
    ],
    ['a factory of something else', () => f.injectHyperparams((() => 3) as never)(), 'bad-rule', /factory/],
    [
      'a stage by hand',
      () => f.injectHyperparams(() => f.orthogonalize())(),
      'unsupported',
      /injectHyperparams: factory/,
    ],
    ['a wrong option', () => f.injectHyperparams(f.adam)(0.1, { b1: 2 }), 'bad-hyperparameter', /adam: b1/],
  ] as const)('%s is refused', (_, make, code, says) => {
    let found: unknown
    try {
      ;(make as () => unknown)()
    } catch (error) {
      found = error
    }
    expect(found).toBeInstanceOf(f.ForegradError)
    expect((found as f.ForegradError).code).toBe(code)
    expect((found as f.ForegradError).message).toMatch(says)
  })
})

describe('a rate that is a signal', () => {
  test('is given with each step', () => {
    const made = run(f.adamw(f.signal('lr'), { weightDecay: 0.1, predictSteps: 1 }) as never, undefined, { lr: 0.3 })
    const plain = run(f.adamw(0.3, { weightDecay: 0.1, predictSteps: 1 }) as never)
    expect(made.map((step) => step.params)).toEqual(plain.map((step) => step.params))
  })

  test('is asked for by name', () => {
    expect(() => run(f.sgd(f.signal('lr')) as never)).toThrow('extra.lr: expected a number')
  })

  test('may be part of a schedule', () => {
    const rate = f.schedule((count) => f.expr.div(f.signal('lr'), f.expr.add(count, 1)))
    const made = run(f.sgd(rate) as never, undefined, { lr: 1 })
    expect(made[1]?.params).toEqual([1 - 0.5 + 0.5, -2 - 1 - 1])
  })
})

describe('hyperparams', () => {
  test('tells the numbers of the next step', () => {
    const rate = f.linearSchedule({ initValue: 1, endValue: 0, transitionSteps: 4 })
    const tx = f.chain(f.clipByGlobalNorm(2), f.adamw(rate, { b1: 0.5 }))
    const { state } = run(tx as never)[0]!
    expect(f.hyperparams(tx as never, state as never)).toEqual({
      ...{ maxNorm: 2, b1: 0.5, b2: 0.999, eps: 1e-8, weightDecay: 1e-4, learningRate: 0.75 },
    })
  })

  test('tells numbers of one name by their ways', () => {
    const tx = f.chain(f.trace({ decay: 0.5 }), f.trace({ decay: 0.25 }))
    expect(f.hyperparams(tx, f.float64(tx as never).init(params) as never)).toEqual({
      '[0].decay': 0.5,
      '[1].decay': 0.25,
    })
  })

  test('takes them from a rule of your own, and from stages beside one by hand', () => {
    const own = f.rule({
      name: 'own',
      slots: {},
      update: ({ g }) => ({ u: f.expr.mul(3, g), next: {}, hypers: { strength: 3 } }),
    })
    const tx = f.chain(own, f.orthogonalize(), f.scaleByLearningRate(0.1))
    expect(f.hyperparams(tx as never, [{}, {}, {}] as never)).toEqual({ strength: 3, learningRate: 0.1 })
  })

  test('a signal is not known here; what is no transformation is refused', () => {
    const tx = f.sgd(f.signal('lr'))
    expect(f.hyperparams(tx as never, f.float64(tx as never).init(params) as never)).toEqual({
      learningRate: Number.NaN,
    })
    expect(() => f.hyperparams(3 as never, [])).toThrow('hyperparams: expected a transformation')
  })
})
