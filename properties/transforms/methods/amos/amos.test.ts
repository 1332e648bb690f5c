import * as tf from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type AmosOptions,
  adamw,
  amos,
  chain,
  clip,
  float64,
  fromData,
  type GradientTransformation,
  masked,
  type NumberTree,
  type Params,
  paramsFnFromAssignMap,
  partition,
  scaleByAmos,
  scaleByLearningRate,
  sgd,
  step,
  toDataAsync,
} from '../../../../lib/index.ts'
import { describeEngines, testEngines } from '../../../devices/engines.ts'
import { distanceOf, gradientOf, type Quadratic, worked } from '../../../golden/worked.ts'

type Row = readonly number[]
interface WorkedStep {
  readonly v: Row
  readonly b: Row
  readonly params: Row
  readonly gamma: Row
  readonly decay_c: Row
  readonly decay_d: Row
}
interface Example {
  readonly inputs: { readonly params0: Row; readonly loss: Quadratic }
  readonly outputs: Readonly<Record<string, readonly WorkedStep[]>> & {
    readonly kernel_2x3_slots_1x3: {
      readonly W0: readonly Row[]
      readonly grads: readonly (readonly Row[])[]
      readonly steps: readonly { readonly v: Row; readonly b: Row; readonly params: readonly Row[] }[]
    }
  }
}
interface Slots {
  readonly v: NumberTree
  readonly b: NumberTree
}

const { inputs, outputs } = worked<Example>('amos')
const gradient = gradientOf(inputs.loss)
const common: AmosOptions = { etaFn: 1, beta: 0.9 }
const scalarFn = (): readonly number[] => []
const runs: readonly (readonly [string, string, AmosOptions])[] = [
  ['full_shape_slots', 'a rule', common],
  ['full_shape_slots', 'arrays', { ...common, shapeFn: (_, shape) => shape }],
  ['scalar_slots', 'a rule', { ...common, shapeFn: 'scalar' }],
  ['scalar_slots', 'arrays', { ...common, shapeFn: scalarFn }],
  ['scalar_slots', 'arrays of one axis', { ...common, shapeFn: () => [1] }],
  ['scalar_slots_momentum0.9_clip1', 'a rule', { ...common, shapeFn: 'scalar', momentum: 0.9, clipValue: 1 }],
  ['scalar_slots_momentum0.9_clip1', 'arrays', { ...common, shapeFn: () => [1], momentum: 0.9, clipValue: 1 }],
  ['scalar_slots_eta0.25_extra_l2_0.01', 'a rule', { ...common, etaFn: 0.25, extraL2: 0.01, shapeFn: 'scalar' }],
]
const kernel = outputs.kernel_2x3_slots_1x3
const columns: AmosOptions = { etaFn: 0.3, beta: 0.9, shapeFn: (_, [, outputs = 1]) => [1, outputs] }

const slotsOf = (state: unknown, options: AmosOptions): Slots =>
  (state as readonly Slots[])[options.clipValue === undefined ? 0 : 1] as Slots
const numbersOf = (slot: NumberTree): unknown => {
  const found = (slot as { data?: Float64Array }).data ?? slot
  return typeof found === 'number' ? [found] : [...(found as number[])].flat()
}

/** γ, c and D of a step, from the b that it found and the b that it left. */
const decaysOf = (before: Row, after: Row, xi: number, eta: number): number[][] => [
  before.map((b, i) => (after[i]! - b) / (1 + b)),
  before.map((b) => 1 / Math.sqrt(1 + 0.25 * Math.sqrt(xi) * b)),
  before.map((b) => 1 / (1 + 0.25 * Math.sqrt(xi * eta) * b)),
]

/** The parameters after each gradient, in float64. */
const trajectory = (tx: GradientTransformation, start: number[], gradients: readonly number[][]): number[][] => {
  const reader = float64(tx)
  let [params, state]: [unknown, unknown] = [start, reader.init(start)]
  return gradients.map((g) => {
    const next = reader.step(g, state, params as number[])
    params = next.params
    state = next.state
    return params as number[]
  })
}

describe('amos', () => {
  test.each(runs)('gives the worked example %s within 1e-10 on float64, as %s', (name, _, options) => {
    const reader = float64(amos(0.5, options))
    let [params, state]: [unknown, unknown] = [[...inputs.params0], reader.init([...inputs.params0])]
    outputs[name]!.forEach((expected, t) => {
      const next = reader.step(gradient(params as number[], t), state, params as number[])
      params = next.params
      state = next.state
      const { v, b } = slotsOf(state, options)
      expect(distanceOf(params, expected.params)).toBeLessThan(1e-10)
      expect(distanceOf(numbersOf(v), expected.v)).toBeLessThan(1e-10)
      expect(distanceOf(numbersOf(b), expected.b)).toBeLessThan(1e-10)
      const eta = options.etaFn as number
      const before = outputs[name]![t - 1]?.b ?? expected.b.map(() => 0)
      const found = decaysOf(before, numbersOf(b) as number[], 0.5, eta)
      expect(distanceOf(found, [expected.gamma, expected.decay_c, expected.decay_d])).toBeLessThan(1e-10)
    })
  })

  test('gives the worked example of a kernel with a slot a column within 1e-10 on float64', () => {
    const reader = float64(amos(0.5, columns))
    let [params, state]: [unknown, unknown] = [kernel.W0, reader.init(kernel.W0 as number[][])]
    kernel.steps.forEach((expected, t) => {
      const next = reader.step(kernel.grads[t] as number[][], state, params as number[][])
      params = next.params
      state = next.state
      const { v, b } = slotsOf(state, columns)
      expect(distanceOf(params, expected.params)).toBeLessThan(1e-10)
      expect(distanceOf(numbersOf(v), expected.v)).toBeLessThan(1e-10)
      expect(distanceOf(numbersOf(b), expected.b)).toBeLessThan(1e-10)
    })
  })

  const number = fc.double({ min: -5, max: 5, noNaN: true }).filter((x) => Math.abs(x) > 1e-3)
  const row = fc.tuple(number, number, number).map((x): number[] => [...x])
  const rows = fc.array(row, { minLength: 1, maxLength: 5 })
  const shapeFn = fc.constantFrom<AmosOptions['shapeFn']>('full', 'scalar', () => [1])
  const factor = fc.double({ min: 0.05, max: 20, noNaN: true })

  test('multiplying all gradients by a positive number changes nothing', () => {
    fc.assert(
      fc.property(row, rows, factor, shapeFn, (start, gs, k, shapeFn) => {
        const tx = amos(0.3, { ...common, shapeFn: shapeFn as 'full' })
        const scaled = trajectory(
          tx,
          start,
          gs.map((g) => g.map((x) => k * x)),
        )
        expect(distanceOf(scaled, trajectory(tx, start, gs))).toBeLessThan(1e-8)
      }),
    )
  })

  test('the first step is −½ξ²w − ξη·g/rms(g), and γ is ξ²', () => {
    fc.assert(
      fc.property(row, row, factor, (start, g, eta) => {
        const reader = float64(scaleByAmos({ learningRate: 0.2, etaFn: eta, shapeFn: 'scalar' }))
        const [u, state] = reader.update(g, reader.init(start), start)
        const rms = Math.sqrt(g.reduce((sum, x) => sum + x * x, 0) / 3)
        const expected = start.map((w, i) => -0.02 * w - (0.2 * eta * g[i]!) / rms)
        expect(distanceOf(u, expected)).toBeLessThan(1e-9 * (1 + eta))
        expect(numbersOf((state as Slots).b)).toEqual([expect.closeTo(0.04, 12)])
      }),
    )
  })

  test('b is never negative and never falls; c and D lie in (0, 1] and never rise', () => {
    fc.assert(
      fc.property(row, rows, shapeFn, (start, gs, shapeFn) => {
        const reader = float64(scaleByAmos({ learningRate: 0.3, etaFn: 0.5, shapeFn: shapeFn as 'full' }))
        let [state, before]: [unknown, number[]] = [reader.init(start), [0, 0, 0]]
        for (const g of gs) {
          ;[, state] = reader.update(g, state, start)
          const after = numbersOf((state as Slots).b) as number[]
          const own = before.slice(0, after.length)
          after.forEach((b, i) => {
            expect(b).toBeGreaterThanOrEqual(own[i]!)
          })
          const [, c, d] = decaysOf(own, after, 0.3, 0.5)
          const [, nextC, nextD] = decaysOf(after, after, 0.3, 0.5)
          for (const [old, next] of [
            [c!, nextC!],
            [d!, nextD!],
          ] as const) {
            next.forEach((x, i) => {
              expect(x).toBeGreaterThan(0)
              expect(x).toBeLessThanOrEqual(Math.min(1, old[i]!))
            })
          }
          before = after
        }
      }),
    )
  })

  test('without gradients w shrinks by D·extraL2 and b stays', () => {
    fc.assert(
      fc.property(row, shapeFn, (start, shapeFn) => {
        const reader = float64(scaleByAmos({ learningRate: 0.3, etaFn: 0.5, extraL2: 0.1, shapeFn: shapeFn as 'full' }))
        const { params, state } = reader.step([0, 0, 0], reader.init(start), start)
        expect(
          distanceOf(
            params,
            start.map((w) => 0.9 * w),
          ),
        ).toBeLessThan(1e-12)
        expect((numbersOf((state as Slots).b) as number[]).every((b) => b === 0)).toBe(true)
      }),
    )
    const reader = float64(scaleByAmos({ learningRate: 0.3, etaFn: 0.5, extraL2: 0.1 }))
    const warm = reader.step([1, -2, 0.5], reader.init([1, 2, 3]), [1, 2, 3])
    const { b } = warm.state as { b: number[] }
    const idle = reader.step([0, 0, 0], warm.state, warm.params)
    const [, , d] = decaysOf(b, b, 0.3, 0.5)
    const wanted = (warm.params as number[]).map((w, i) => w * (1 - d![i]! * 0.1))
    expect(distanceOf(idle.params, wanted)).toBeLessThan(1e-12)
    expect((idle.state as { b: number[] }).b).toEqual(b)
  })

  test('with dCoef = 0, scaling start and η scales all parameters', () => {
    fc.assert(
      fc.property(row, rows, factor, (start, gs, s) => {
        const tx = (eta: number) => amos(0.3, { ...common, etaFn: eta, dCoef: 0 })
        const scaled = trajectory(
          tx(s),
          start.map((w) => s * w),
          gs,
        )
        const expected = trajectory(tx(1), start, gs).map((w) => w.map((x) => s * x))
        expect(distanceOf(scaled, expected)).toBeLessThan(1e-8 * (1 + s))
      }),
    )
  })

  test('where all |g| are equal one slot gives what full slots give', () => {
    fc.assert(
      fc.property(
        row,
        fc.array(fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()), { minLength: 1, maxLength: 4 }),
        (start, signs) => {
          const gs = signs.map((row) => row.map((up) => (up ? 0.7 : -0.7)))
          const full = trajectory(amos(0.3, common), start, gs)
          expect(distanceOf(trajectory(amos(0.3, { ...common, shapeFn: 'scalar' }), start, gs), full)).toBeLessThan(
            1e-10,
          )
        },
      ),
    )
  })

  test('a schedule sees 1 first', () => {
    const seen: number[] = []
    const rate = (count: number): number => {
      seen.push(count)
      return 0.1
    }
    trajectory(amos(rate, common), [1], [[1], [1]])
    expect([...new Set(seen)]).toEqual([1, 2])
  })

  test('η is read by the variable’s name and shape', () => {
    const etaFn = paramsFnFromAssignMap<number>([
      ['layers/.*/b$', 0.5],
      [/layers/, ([n = 1]) => 1 / n],
    ])
    const reader = float64(scaleByAmos({ learningRate: 0.1, etaFn }))
    const start = { layers: [{ w: [1, 1], b: [0] }] }
    const [u] = reader.update({ layers: [{ w: [1, -1], b: [1] }] }, reader.init(start), start)
    const { layers } = u as { layers: [{ w: number[]; b: number[] }] }
    expect(distanceOf([layers[0].w, layers[0].b], [[-0.055, 0.045], [-0.05]])).toBeLessThan(1e-12)
  })

  test('a learning rate behind it is an error, also out of sight', () => {
    const inside = amos(0.1, common)
    for (const tx of [
      () => chain(inside, scaleByLearningRate(0.1)),
      () => chain(chain(clip(1), inside), sgd(0.1)),
      () => chain(inside, adamw(0.1)),
      () => chain(inside, inside),
      () => chain(masked(inside, true), sgd(0.1)),
      () => chain(partition({ all: inside }, 'all'), sgd(0.1)),
    ]) {
      expect(tx).toThrow('expected no learning rate behind')
    }
    expect(() => chain(clip(1), inside, clip(1))).not.toThrow()
  })

  test('bad options and open variables are errors that say where', () => {
    expect(() => amos(0.1, {} as never)).toThrow('etaFn: expected a value, got nothing')
    expect(() => amos(-1, { etaFn: 0, shapeFn: 'row' as never })).toThrow(
      /learningRate: expected a number from 0 up[\s\S]*etaFn: expected a number above 0[\s\S]*shapeFn: expected 'full'/,
    )
    const open = float64(amos(0.1, { etaFn: paramsFnFromAssignMap<number>([['b', 1]]) }))
    expect(() => open.update({ w: [1] }, open.init({ w: [1] }), { w: [1] })).toThrow(
      'paramsFnFromAssignMap: w: expected a pattern',
    )
    expect(() => float64(amos(0.1, { ...common, shapeFn: () => [2] })).init([1, 2, 3])).toThrow(
      'expected a shape that spreads over [3]',
    )
  })
})

describeEngines(testEngines, () => {
  describe('amos', () => {
    const replay = async (
      tx: GradientTransformation,
      start: tf.Tensor,
      gradientsAt: (w: tf.Tensor, t: number) => tf.Tensor,
      expected: readonly unknown[],
    ) => {
      let [params, state]: [Params, unknown] = [start, tx.init(start)]
      for (const [t, numbers] of expected.entries()) {
        const next: { readonly params: Params; readonly state: unknown } = step(
          tx,
          gradientsAt(params as tf.Tensor, t),
          state,
          params,
        )
        params = next.params
        state = next.state
        expect(distanceOf(await (params as tf.Tensor).array(), numbers)).toBeLessThan(3e-4)
      }
    }

    test.each(runs)('gives the worked example %s within 3e-4, as %s', async (name, _, options) => {
      const { a, b_per_step } = inputs.loss
      const at = (w: tf.Tensor, t: number) => tf.mul([...a], tf.sub(w, [...b_per_step[t]!]))
      await replay(
        amos(0.5, options),
        tf.tensor1d([...inputs.params0]),
        at,
        outputs[name]!.map(({ params }) => params),
      )
    })

    test.each(['full', 'scalar', () => [1]] as const)('without gradients stays finite, slots %s', async (shapeFn) => {
      const tx = amos(0.5, { ...common, shapeFn })
      const start = tf.tensor1d([...inputs.params0])
      const { params } = step(tx, tf.zeros([3]), tx.init(start), start)
      expect(await (params as tf.Tensor).array()).toEqual([...inputs.params0])
    })

    test('gives the worked example of a kernel with a slot a column within 3e-4', async () => {
      const at = (_: tf.Tensor, t: number) => tf.tensor2d(kernel.grads[t] as number[][])
      await replay(
        amos(0.5, columns),
        tf.tensor2d(kernel.W0 as number[][]),
        at,
        kernel.steps.map(({ params }) => params),
      )
    })

    test.each(['full', 'scalar', () => [1]] as const)(
      'a run cut and resumed from plain data equals the uncut one, slots %s',
      async (shapeFn) => {
        const tx = amos(0.3, { ...common, shapeFn, momentum: 0.9 })
        const take = ({ params, state }: { params: Params; state: ReturnType<typeof tx.init> }) =>
          step(tx, tf.mul(params as tf.Tensor, 2), state, params)
        const start = tf.tensor1d([...inputs.params0])
        const uncut = take(take({ params: start, state: tx.init(start) }))
        const cut = await toDataAsync(take({ params: start, state: tx.init(start) }))
        const resumed = take(
          fromData(JSON.parse(JSON.stringify(cut, (_, x) => (ArrayBuffer.isView(x) ? [...(x as Float32Array)] : x)))),
        )
        expect(await toDataAsync(resumed)).toEqual(await toDataAsync(uncut))
      },
    )

    test('makes no tensor more a step with slots of every kind', () => {
      const shapeFn = paramsFnFromAssignMap<readonly number[]>([
        ['full', (shape) => shape],
        ['one', () => []],
        ['.*', ([, n = 1]) => [1, n]],
      ])
      const tx = amos(0.1, { etaFn: 1, shapeFn })
      const start = { full: tf.ones([2, 2]), one: tf.ones([3]), columns: tf.ones([2, 3]) }
      const grads = { full: tf.ones([2, 2]), one: tf.ones([3]), columns: tf.ones([2, 3]) }
      let [params, state]: [Params, ReturnType<typeof tx.init>] = [start, tx.init(start)]
      const counts = Array.from({ length: 5 }, () => {
        ;({ params, state } = step(tx, grads, state, params, { donate: true }))
        return tf.memory().numTensors
      })
      expect(counts.at(-1)).toBe(counts[1])
      expect((state as readonly { v: { columns: tf.Tensor } }[])[0]?.v.columns.shape).toEqual([1, 3])
    })
  })
})
