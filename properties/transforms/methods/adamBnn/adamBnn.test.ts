import * as tf from '@tensorflow/tfjs-core'
import '../../../../lib/gradients.ts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  adam,
  adamL2Masked,
  binarizeWeight,
  c2iRatio,
  chain,
  flipFlopRatio,
  float64,
  linearEpochDecay,
  type Params,
  sgd,
  signApprox,
  step,
  trackFlips,
  twoStepSchedule,
  valueAndGrad,
} from '../../../../lib/index.ts'
import { describeEngines, testEngines } from '../../../devices/engines.ts'
import { distanceOf, worked } from '../../../golden/worked.ts'

type Row = readonly number[]
interface WorkedStep {
  readonly params: Row
  readonly m: Row
  readonly v: Row
  readonly ff_ratio: number
}
interface Example {
  readonly inputs: {
    readonly W: readonly Row[]
    readonly grad_wrt_binarized_W: readonly Row[]
    readonly activation_inputs: Row
    readonly w0: Row
    readonly grads: readonly Row[]
  }
  readonly outputs: {
    readonly binarized_W: readonly Row[]
    readonly grad_wrt_latent_W: readonly Row[]
    readonly activation_forward: Row
    readonly activation_backward: Row
    readonly lr_per_epoch: Row
    readonly step1_adam_with_coupled_l2: readonly WorkedStep[]
    readonly step2_restart_no_decay: readonly WorkedStep[]
    readonly c2i_step1: number
    readonly c2i_overall: number
    readonly c2i_step2_only: number
  }
}

const { inputs, outputs } = worked<Example>('adamBnn')
const stages = twoStepSchedule({ epochs: 4, weightDecay: [0.1, 0] })
const optimizers = stages.map(({ epochs, weightDecay }) =>
  adamL2Masked(linearEpochDecay(0.04, epochs), { weightDecay, mask: true }),
)
const recorded = [outputs.step1_adam_with_coupled_l2, outputs.step2_restart_no_decay]

const numbers = fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 3, maxLength: 3 })

describe('adamL2Masked', () => {
  test('gives the two steps of the worked example within 1e-10 on float64, with their flips', () => {
    let params: number[] = [...inputs.w0]
    const reached = recorded.map((steps, i) => {
      const reader = float64(optimizers[i]!)
      let state = reader.init(params)
      for (const [t, expected] of steps.entries()) {
        const next = reader.step([...inputs.grads[t]!], state, params)
        expect(distanceOf(next.params, expected.params)).toBeLessThan(1e-10)
        const { mu, nu } = (next.state as readonly { mu: number[]; nu: number[] }[])[1]!
        expect(distanceOf([mu, nu], [expected.m, expected.v])).toBeLessThan(1e-10)
        expect(flipFlopRatio(params, next.params as number[])).toBeCloseTo(expected.ff_ratio, 12)
        params = next.params as number[]
        state = next.state
      }
      return params
    })
    const [first = [], second = []] = reached
    expect(c2iRatio([...inputs.w0], first)).toBeCloseTo(outputs.c2i_step1, 12)
    expect(c2iRatio([...inputs.w0], second)).toBeCloseTo(outputs.c2i_overall, 12)
    expect(c2iRatio(first, second)).toBeCloseTo(outputs.c2i_step2_only, 12)
  })

  test('without decay is adam, bit for bit', () => {
    fc.assert(
      fc.property(numbers, numbers, (start, g) => {
        const [one, other] = [float64(adamL2Masked(0.1, { mask: true })), float64(adam(0.1))]
        expect(one.step(g, one.init(start), start).params).toEqual(other.step(g, other.init(start), start).params)
      }),
    )
  })

  test('decays by itself what has four axes or conv in its path', () => {
    const start = { conv1: [1, -1], kernel: [[[[1, -1]]]], scores: [1, -1] }
    const zeros = { conv1: [0, 0], kernel: [[[[0, 0]]]], scores: [0, 0] }
    const reader = float64(adamL2Masked(0.1, { weightDecay: 0.5 }))
    const [u] = reader.update(zeros, reader.init(start), start)
    const { conv1, kernel, scores } = u as { conv1: number[]; kernel: unknown; scores: number[] }
    expect(distanceOf(conv1, [-0.1, 0.1])).toBeLessThan(1e-6)
    expect(distanceOf(kernel, [[[[-0.1, 0.1]]]])).toBeLessThan(1e-6)
    expect(scores.every((x) => x === 0)).toBe(true)
  })
})

describe('on plain numbers', () => {
  const { W, grad_wrt_binarized_W, activation_inputs } = inputs

  test('binarizeWeight gives the worked example within 1e-10, forward and backward', () => {
    const { value, gradient } = binarizeWeight.float64(W, { axis: 0 })
    expect(distanceOf(value, outputs.binarized_W)).toBeLessThan(1e-10)
    expect(distanceOf(gradient(grad_wrt_binarized_W), outputs.grad_wrt_latent_W)).toBeLessThan(1e-10)
  })

  test('signApprox gives the worked example within 1e-10, forward and backward', () => {
    const { value, gradient } = signApprox.float64(activation_inputs)
    expect(distanceOf(value, outputs.activation_forward)).toBeLessThan(1e-10)
    expect(distanceOf(gradient(activation_inputs.map(() => 1)), outputs.activation_backward)).toBeLessThan(1e-10)
  })

  test('a binary channel has the weight of its real one, unless a weight is 0, and depends on it by signs and mean size', () => {
    const rows = fc.array(numbers, { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(rows, fc.double({ min: 0.1, max: 1, noNaN: true }), (w, share) => {
        const value = binarizeWeight.float64(w, { axis: 0 }).value as number[][]
        w.forEach((row, i) => {
          const size = (x: readonly number[]) => x.reduce((sum, y) => sum + Math.abs(y), 0)
          const zeros = row.filter((x) => x === 0).length
          expect(size(value[i]!)).toBeCloseTo((size(row) * (row.length - zeros)) / row.length, 10)
          // Sizes of the first two weights made equal: signs and mean stay.
          const mean = (Math.abs(row[0]!) + Math.abs(row[1]!)) / 2
          const other = [share * mean * Math.sign(row[0]!), (2 - share) * mean * Math.sign(row[1]!), row[2]!]
          if (row[0] === 0 || row[1] === 0 || mean < 1e-9) return
          expect(distanceOf(binarizeWeight.float64([other], { axis: 0 }).value, [value[i]])).toBeLessThan(1e-10)
        })
      }),
    )
  })

  test('the gradient of a binary weight is 0 or the one that comes in, and a sign passes none beyond ±1', () => {
    fc.assert(
      fc.property(numbers, numbers, (w, dy) => {
        const weight = binarizeWeight.float64([w]).gradient([dy]) as number[][]
        const sign = signApprox.float64(w).gradient(dy) as number[]
        w.forEach((x, i) => {
          expect(weight[0]![i]! + 0).toBe(Math.abs(x) <= 1 ? dy[i]! + 0 : 0)
          expect(Math.abs(sign[i]!)).toBeLessThanOrEqual(Math.abs(x) >= 1 ? 0 : 2 * Math.abs(dy[i]!))
        })
      }),
    )
  })
})

describe('linearEpochDecay', () => {
  test('gives the worked example’s rates: the first epoch is one stair down, the last one is 0', () => {
    const rate = linearEpochDecay(0.04, 4, 3)
    outputs.lr_per_epoch.forEach((expected, epoch) => {
      for (const batch of [0, 1, 2]) expect(rate(3 * epoch + batch)).toBeCloseTo(expected, 15)
    })
    expect(rate(12)).toBe(0)
    expect(() => linearEpochDecay(0.04, 0)).toThrow('epochs: expected an integer from 1 up')
  })
})

describe('twoStepSchedule', () => {
  test('has binary weights and no decay in the second step, which starts a new optimizer', () => {
    expect(twoStepSchedule({ epochs: 256 })).toEqual([
      { epochs: 256, weightDecay: 5e-6, binarizeActivations: true, binarizeWeights: false, restartOptimizer: true },
      { epochs: 256, weightDecay: 0, binarizeActivations: true, binarizeWeights: true, restartOptimizer: true },
    ])
    expect(() => twoStepSchedule({ epochs: 4, weightDecay: [1] as never })).toThrow('expected a pair of numbers')
  })
})

describe('flipFlopRatio', () => {
  const flips = (a: number[], b: number[]): number => flipFlopRatio(a, b)
  const nonzero = numbers.filter((w) => w.every((x) => x !== 0))

  test('gives the worked numbers', () => {
    expect(flips([1, -1, 2, -0.5], [1, 1, -2, -0.1])).toBe(0.5)
    expect(c2iRatio([1, -1, 2, -0.5], [-3, -1, 2, 0.4])).toBe(0.5)
    expect(flipFlopRatio([0, 1], [1, 1], true, 0)).toBe(0.25)
    expect(flips([0, 1], [1, 1])).toBe(0)
  })

  test('lies between 0 and 1, is 0 for equal trees and 1 for opposite ones', () => {
    fc.assert(
      fc.property(nonzero, numbers, (a, b) => {
        expect(flips(a, b)).toBeGreaterThanOrEqual(0)
        expect(flips(a, b)).toBeLessThanOrEqual(1)
        expect(flips(a, a)).toBe(0)
        expect(
          flips(
            a,
            a.map((x) => -x),
          ),
        ).toBe(1)
        expect(c2iRatio(a, a)).toBe(1)
        expect(c2iRatio(a, b)).toBe(1 - flips(a, b))
      }),
    )
  })

  test('does not change when either side is scaled by a positive number', () => {
    fc.assert(
      fc.property(numbers, numbers, fc.double({ min: 1, max: 9, noNaN: true }), (a, b, k) => {
        expect(
          flips(
            a.map((x) => k * x),
            b,
          ),
        ).toBe(flips(a, b))
        expect(
          flips(
            a,
            b.map((x) => k * x),
          ),
        ).toBe(flips(a, b))
      }),
    )
  })

  test('counts the weights of its mask alone', () => {
    const [a, b] = [
      { w: [1, 1], b: [1] },
      { w: [-1, 1], b: [-1] },
    ]
    expect(flipFlopRatio(a, b)).toBeCloseTo(2 / 3, 15)
    expect(flipFlopRatio(a, b, { w: true, b: false })).toBe(0.5)
    expect(() => flipFlopRatio(a, b, false)).toThrow('expected a leaf that counts')
    expect(() => flipFlopRatio(a, { w: [1, 1] } as never)).toThrow('expected')
  })
})

describe('trackFlips', () => {
  test('tells the flips of a step with the next one and lets updates pass', () => {
    const reader = float64(chain(trackFlips(), sgd(1)))
    const start = [1, -1, 2, -0.5]
    const first = reader.step([0, -2, 4, 0], reader.init(start), start)
    expect(first.params).toEqual([1, 1, -2, -0.5])
    expect((first.state as readonly { flips: unknown }[])[0]?.flips).toBe(0)
    const second = reader.step([0, 0, 0, 0], first.state, first.params)
    expect((second.state as readonly { flips: unknown }[])[0]?.flips).toBe(0.5)
  })
})

describeEngines(testEngines, () => {
  const gradientOf = (f: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor, dy: tf.Tensor): tf.Tensor =>
    valueAndGrad((w: Params) => tf.sum(tf.mul(f(w as tf.Tensor), dy)) as tf.Scalar)(x).grads as tf.Tensor
  const read = (x: tf.Tensor): Promise<unknown> => x.array()

  test('binarizeWeight gives the worked example, forward and backward', async () => {
    const [W, dy] = [tf.tensor2d(inputs.W as number[][]), tf.tensor2d(inputs.grad_wrt_binarized_W as number[][])]
    const rows = (w: tf.Tensor) => binarizeWeight(w, { axis: 0 })
    expect(distanceOf(await read(rows(W)), outputs.binarized_W)).toBeLessThan(1e-6)
    expect(distanceOf(await read(gradientOf(rows, W, dy)), outputs.grad_wrt_latent_W)).toBeLessThan(1e-6)
  })

  test('a binary channel has the weight of its real one, and depends on it by signs and mean size alone', async () => {
    const w = tf.tensor2d([0.3, -0.1, 1.4, 0.2, -0.4, 0.6], [3, 2])
    const made = binarizeWeight(w)
    const sums = (x: tf.Tensor) => read(tf.sum(tf.abs(x), 0))
    expect(distanceOf(await sums(made), await sums(w))).toBeLessThan(1e-6)
    const other = tf.tensor2d([0.7, -0.2, 0.7, 0.4, -0.7, 0.3], [3, 2])
    expect(distanceOf(await read(binarizeWeight(other)), await read(made))).toBeLessThan(1e-6)
  })

  test('signApprox gives the worked example, forward and backward', async () => {
    const x = tf.tensor1d([...inputs.activation_inputs])
    expect(distanceOf(await read(signApprox(x)), outputs.activation_forward)).toBe(0)
    expect(distanceOf(await read(gradientOf(signApprox, x, tf.onesLike(x))), outputs.activation_backward)).toBeLessThan(
      1e-6,
    )
  })

  test('adamL2Masked gives the worked example within 3e-4', async () => {
    let params: Params = tf.tensor1d([...inputs.w0])
    for (const [i, steps] of recorded.entries()) {
      const tx = optimizers[i]!
      let state = tx.init(params)
      for (const [t, expected] of steps.entries()) {
        const next: { params: Params; state: typeof state } = step(
          tx,
          tf.tensor1d([...inputs.grads[t]!]),
          state,
          params,
        )
        expect(distanceOf(await read(next.params as tf.Tensor), expected.params)).toBeLessThan(3e-4)
        const flips = flipFlopRatio(params, next.params)
        expect((await flips.data())[0]).toBeCloseTo(expected.ff_ratio, 6)
        ;({ params, state } = next)
      }
    }
  })

  test('the ratios leave no tensors but their result', () => {
    const [a, b] = [tf.tensor1d([1, -1, 0]), tf.tensor1d([1, 1, -2])]
    const before = tf.memory().numTensors
    expect(tf.memory().numTensors).toBe(before)
    c2iRatio(a, b, true, 0).dispose()
    flipFlopRatio(a, b).dispose()
    expect(tf.memory().numTensors).toBe(before)
  })
})
