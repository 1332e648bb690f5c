import { readdirSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as f from '../../../lib/index.ts'
import { type GradientTransformation, type Hyper, linearSchedule } from '../../../lib/index.ts'
import { seed } from '../../devices/laws.ts'

/** An optimizer for a number of steps ahead; `decay`: the weight decay that stays out of its forecast. */
interface Family {
  readonly make: (rate: Hyper, predictSteps?: number) => GradientTransformation
  readonly decay: number
}

const steps = (predictSteps: number | undefined) => (predictSteps === undefined ? {} : { predictSteps })
const family = (make: Family['make'], decay = 0): Family => ({ make, decay })
const weightDecay = 0.1
const curvature = { hessianDiagonalFn: f.stateless(({ g }) => f.expr.square(g)) }

/** Every optimizer that takes `predictSteps`. */
const families: Readonly<Record<string, Family>> = {
  sgd: family((rate, s) => f.sgd(rate, steps(s))),
  'sgd with momentum': family((rate, s) => f.sgd(rate, { momentum: 0.9, ...steps(s) })),
  'sgd with Nesterov momentum': family((rate, s) => f.sgd(rate, { momentum: 0.9, nesterov: true, ...steps(s) })),
  rmsprop: family((rate, s) => f.rmsprop(rate, steps(s))),
  "XGrad's rmsprop": family((rate, s) => f.rmsprop(rate, { decay: 0.99, epsInSqrt: false, ...steps(s) })),
  'rmsprop with momentum': family((rate, s) => f.rmsprop(rate, { momentum: 0.9, ...steps(s) })),
  adam: family((rate, s) => f.adam(rate, steps(s))),
  adamw: family((rate, s) => f.adamw(rate, { weightDecay, ...steps(s) }), weightDecay),
  amsgrad: family((rate, s) => f.amsgrad(rate, steps(s))),
  adabelief: family((rate, s) => f.adabelief(rate, { eps: 1e-8, epsRoot: 1e-8, ...steps(s) })),
  adam3: family((rate, s) => f.adam3(rate, { weightDecay, ...steps(s) }), weightDecay),
  adagrad: family((rate, s) => f.adagrad(rate, steps(s))),
  lion: family((rate, s) => f.lion(rate, { weightDecay, ...steps(s) }), weightDecay),
  lamb: family((rate, s) => f.lamb(rate, { weightDecay, ...steps(s) })),
  nadam: family((rate, s) => f.nadam(rate, steps(s))),
  nadamw: family((rate, s) => f.nadamw(rate, { weightDecay, ...steps(s) }), weightDecay),
  adamax: family((rate, s) => f.adamax(rate, steps(s))),
  adamaxw: family((rate, s) => f.adamaxw(rate, { weightDecay, ...steps(s) }), weightDecay),
  adadelta: family((rate, s) => f.adadelta(rate, { weightDecay, ...steps(s) })),
  adan: family((rate, s) => f.adan(rate, { weightDecay, ...steps(s) }), weightDecay),
  radam: family((rate, s) => f.radam(rate, { b2: 0.9, ...steps(s) })),
  yogi: family((rate, s) => f.yogi(rate, steps(s))),
  noisySgd: family((rate, s) => f.noisySgd(rate, steps(s))),
  signSgd: family((rate, s) => f.signSgd(rate, steps(s))),
  signum: family((rate, s) => f.signum(rate, steps(s))),
  novograd: family((rate, s) => f.novograd(rate, { weightDecay, ...steps(s) })),
  lars: family((rate, s) => f.lars(rate, { weightDecay, ...steps(s) })),
  fromage: family((rate, s) => f.fromage(rate, steps(s))),
  optimisticGradientDescent: family((rate, s) => f.optimisticGradientDescent(rate, steps(s))),
  optimisticAdamV2: family((rate, s) => f.optimisticAdamV2(rate, steps(s))),
  acprop: family((rate, s) => f.acprop(rate, { eps: 1e-3, weightDecay, ...steps(s) }), weightDecay),
  ademamix: family((rate, s) => f.ademamix(rate, { weightDecay, ...steps(s) }), weightDecay),
  simplifiedAdemamix: family((rate, s) => f.simplifiedAdemamix(rate, { weightDecay, ...steps(s) }), weightDecay),
  adopt: family((rate, s) => f.adopt(rate, steps(s))),
  madgrad: family((rate, s) => f.madgrad(rate, { weightDecay, ...steps(s) })),
  cocob: family((rate, s) => f.cocob(rate, { weightDecay, ...steps(s) })),
  adamMini: family((rate, s) => f.adamMini(rate, { weightDecay, blocks: () => 'leaf', ...steps(s) }), weightDecay),
  scion: family((rate, s) => f.scion(rate, steps(s))),
  sm3: family((rate, s) => f.sm3(rate, steps(s))),
  adafactor: family((rate, s) => f.adafactor(rate, { minDimSizeToFactor: 2, ...steps(s) })),
  prodigy: family((rate, s) => f.prodigy(rate, { estimLr0: 0.1, ...steps(s) })),
  dadaptAdamw: family((rate, s) => f.dadaptAdamw(rate, { estimLr0: 0.1, ...steps(s) })),
  dog: family((rate, s) => f.dog(rate, { weightDecay, ...steps(s) })),
  dowg: family((rate, s) => f.dowg(rate, { weightDecay, ...steps(s) })),
  laprop: family((rate, s) => f.laprop(rate, { weightDecay, ...steps(s) }), weightDecay),
  stableAdamw: family((rate, s) => f.stableAdamw(rate, { weightDecay, ...steps(s) })),
  lionK: family((rate, s) => f.lionK(rate, { weightDecay, ...steps(s) }), weightDecay),
  sophia: family((rate, s) => f.sophia(rate, { ...curvature, weightDecay, ...steps(s) }), weightDecay),
  asgd: family((rate, s) => f.asgd(rate, steps(s))),
  adamRel: family((rate, s) => f.adamRel(rate, steps(s))),
  marsAdamw: family((rate, s) => f.marsAdamw(rate, { optimize1d: true, weightDecay, ...steps(s) }), weightDecay),
  marsLion: family((rate, s) => f.marsLion(rate, { optimize1d: true, weightDecay, ...steps(s) }), weightDecay),
}

/** Those whose rate is no schedule, or is none at all, or that need the loss: the last update is repeated. */
const unscheduled = [
  'rprop',
  'optimisticAdam',
  'polyakSgd',
  'momo',
  'momoAdam',
  'lbfgs',
  'scheduleFreeAdamw',
  'scheduleFreeSgd',
]

/** A quadratic ½Σa(w − b)² whose b is another in every step. */
interface Problem {
  readonly start: readonly number[]
  readonly a: readonly number[]
  readonly b: readonly (readonly number[])[]
}

const rate = 0.05
const size = 3
const vector = (min: number, max: number) => {
  const number = fc.integer({ min: min * 100, max: max * 100 }).map((n) => n / 100)
  return fc.array(number, { minLength: size, maxLength: size })
}
const problems: fc.Arbitrary<Problem> = fc.record({
  start: vector(-3, 3),
  a: vector(0.1, 4),
  b: fc.array(vector(-1, 1), { minLength: 6, maxLength: 6 }),
})

interface Point {
  readonly params: readonly number[]
  readonly ahead: readonly number[]
}

/** Trains a transformation, built once for all its problems: parameters and predicted parameters after each step. */
const trained = (tx: GradientTransformation) => {
  const reader = f.float64(tx)
  return (problem: Problem, fixed = false): Point[] => train(reader, problem, fixed)
}

/** `fixed`: the gradient does not look at the weights. */
const train = (reader: ReturnType<typeof f.float64>, { start, a, b }: Problem, fixed: boolean): Point[] => {
  let now: Point = { params: start, ahead: start }
  let state = reader.init(start)
  return b.map((target) => {
    const gradient = now.ahead.map((w, i) => (fixed ? a[i]! * target[i]! : a[i]! * (w - target[i]!)))
    const made = reader.step(gradient, state, now.params)
    state = made.state
    const params = made.params as number[]
    now = { params, ahead: (made.ahead ?? params) as number[] }
    return now
  })
}

const check = (holds: (problem: Problem) => void): void => {
  const at = seed()
  fc.assert(fc.property(problems, holds), { numRuns: 25, ...(at === undefined ? {} : { seed: at }) })
}

const near = (actual: readonly number[], expected: readonly number[], tolerance = 1e-9): void => {
  actual.forEach((x, i) => {
    const y = expected[i] as number
    const off = Math.abs(x - y) / Math.max(1, Math.abs(y))
    if (!(off <= tolerance)) expect.fail(`element ${i}: ${x}, expected ${y}`)
  })
}

const paramsOf = (points: readonly Point[]) => points.map(({ params }) => params)

test('every file of transforms/optimizers is among these', () => {
  const files = readdirSync(new URL('../../../transforms/optimizers', import.meta.url))
  const names = files.map((file) => file.replace('.ts', '')).filter((name) => name !== 'forecast' && name !== 'rateOr')
  expect(names.length).toBeGreaterThan(0)
  for (const name of names) expect([...Object.keys(families), ...unscheduled]).toContain(name)
})

describe.each(Object.entries(families))('%s', (_, { make, decay }) => {
  const plain = trained(make(rate))
  const ahead = (s: number) => [s, trained(make(rate, s))] as const

  test('0 steps ahead is plain, bit for bit', () => {
    const none = [trained(make(rate, 0)), trained(f.chain(make(rate), f.predictAhead({ steps: 0 })))]
    check((problem) => {
      const expected = plain(problem)
      for (const run of none) expect(run(problem)).toEqual(expected)
    })
  })

  test('the first step does not depend on the number of steps ahead', () => {
    const runs = [0.5, 1, 3].map(ahead)
    check((problem) => {
      const [first] = paramsOf(plain(problem))
      for (const [, run] of runs) expect(paramsOf(run(problem))[0]).toEqual(first)
    })
  })

  test('the predicted point is w + s·(w − (1 − rate·decay)·the w before)', () => {
    const runs = [0.5, 2].map(ahead)
    check((problem) => {
      for (const [s, run] of runs) {
        const points = run(problem)
        points.forEach(({ params, ahead }, t) => {
          const before = points[t - 1]?.params ?? problem.start
          near(
            ahead,
            params.map((w, i) => w + s * (w - (1 - rate * decay) * before[i]!)),
          )
        })
      }
    })
  })

  test('the forecast has no effect on a gradient that does not depend on the weights', () => {
    const runs = [1, 2.5].map(ahead)
    check((problem) => {
      const expected = paramsOf(plain(problem, true))
      for (const [, run] of runs) expect(paramsOf(run(problem, true))).toEqual(expected)
    })
  })

  test('the predicted point is affine in the number of steps, also under a schedule', () => {
    const falling = linearSchedule({ initValue: 0.1, endValue: 0.01, transitionSteps: 5 })
    const runs = [rate, falling].map((r) => [1, 2, 0.5].map((s) => trained(make(r, s))))
    check((problem) => {
      for (const each of runs) {
        const [one, two, half] = each.map((run) => run(problem, true))
        one!.forEach(({ params, ahead }, t) => {
          const along = (s: number) => params.map((w, i) => w + s * (ahead[i]! - w))
          near(two![t]!.ahead, along(2))
          near(half![t]!.ahead, along(0.5))
        })
      }
    })
  })
})

describe('momentum looked ahead of by as many steps as its decay', () => {
  test('is Nesterov momentum: the predicted points are its iterates', () => {
    const momentum = 0.8
    const run = trained(f.sgd(rate, { momentum, predictSteps: momentum }))
    check((problem) => {
      const points = run(problem)
      let y = problem.start
      let buffer = y.map(() => 0)
      problem.b.forEach((target, t) => {
        const gradient = y.map((w, i) => problem.a[i]! * (w - target[i]!))
        buffer = buffer.map((m, i) => momentum * m + gradient[i]!)
        y = y.map((w, i) => w - rate * (gradient[i]! + momentum * buffer[i]!))
        near(points[t]!.ahead, y)
      })
    })
  })
})

describe('a forecast under a schedule', () => {
  test('uses the rate of the coming update', () => {
    const rates = [0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625, 0]
    const run = trained(f.sgd((count) => rates[count]!, { momentum: 0.9, predictSteps: 2 }))
    check((problem) => {
      const points = run(problem)
      points.forEach(({ params, ahead }, t) => {
        const before = points[t - 1]?.params ?? problem.start
        const coming = rates[t + 1]! / rates[t]!
        near(
          ahead,
          params.map((w, i) => w + 2 * coming * (w - before[i]!)),
        )
      })
    })
  })
})
