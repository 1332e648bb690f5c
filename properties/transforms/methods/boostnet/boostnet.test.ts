import * as tf from '@tensorflow/tfjs-core'
import '../../../../lib/gradients.ts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  boostedBases,
  boostedGradients,
  boostedLosses,
  boostedPredict,
  earlyExit,
  exitRescaleFactors,
  exitShares,
  exitThresholds,
  gradientRescale,
  lossEqualizer,
  type Params,
  type Scores,
  valueAndGrad,
} from '../../../../lib/index.ts'
import { describeEngines, testEngines } from '../../../devices/engines.ts'
import { distanceOf, worked } from '../../../golden/worked.ts'

interface Run {
  readonly reweight: readonly number[]
  readonly stopgrad_base_per_stage: readonly Scores[]
  readonly stage_losses: readonly number[]
  readonly grad_exit_logits: readonly Scores[]
  readonly predict_logits: readonly Scores[]
}
interface Chain {
  readonly a: readonly [number, number, number]
  readonly c: readonly [number, number, number]
  readonly g: readonly [number, number, number]
  readonly x: number
  readonly h: readonly number[]
  readonly rescaled: { readonly dh: readonly number[]; readonly da: readonly number[] }
  readonly plain_sum: { readonly dh: readonly number[]; readonly da: readonly number[] }
}
interface Example {
  readonly inputs: {
    readonly 'exit_logits[stage][sample][class]': readonly Scores[]
    readonly labels: readonly number[]
  }
  readonly outputs: Readonly<Record<string, Run>> & {
    readonly gradient_rescale_chain: Chain
    readonly loss_equalization: readonly {
      readonly losses: readonly number[]
      readonly running: readonly number[]
      readonly weights: readonly number[]
      readonly total: number
    }[]
  }
}

const { inputs, outputs } = worked<Example>('boostnet')
const { labels, 'exit_logits[stage][sample][class]': exits } = inputs
const runs = Object.entries(outputs).filter(([name]) => name.startsWith('reweight_')) as unknown as [string, Run][]

const score = fc.double({ min: -5, max: 5, noNaN: true })
const networks = fc
  .record({ exits: fc.integer({ min: 1, max: 4 }), rows: fc.integer({ min: 1, max: 3 }) })
  .chain(({ exits: n, rows }) => {
    const list = <A>(of: fc.Arbitrary<A>, length: number) => fc.array(of, { minLength: length, maxLength: length })
    return fc.record({ logits: list(list(list(score, 3), rows), n), labels: list(fc.nat(2), rows) })
  })

describe('boosted scores', () => {
  test.each(runs)('give the worked example %s within 1e-10 on plain numbers', (_, run) => {
    expect(distanceOf(boostedBases(exits, run.reweight), run.stopgrad_base_per_stage)).toBeLessThan(1e-10)
    expect(distanceOf(boostedLosses(exits, labels, { reweight: run.reweight }), run.stage_losses)).toBeLessThan(1e-10)
    expect(distanceOf(boostedPredict(exits, run.reweight), run.predict_logits)).toBeLessThan(1e-10)
  })

  test.each(runs)('and its gradients within 1e-10: %s', (_, run) => {
    const found = boostedGradients(exits, labels, { reweight: run.reweight })
    expect(distanceOf(found, run.grad_exit_logits)).toBeLessThan(1e-10)
  })

  test('later exits change nothing that comes before them, gradients neither', () => {
    fc.assert(
      fc.property(networks, ({ logits, labels }) => {
        const all = boostedLosses(logits, labels)
        logits.forEach((_, n) => {
          expect(boostedLosses(logits.slice(0, n + 1), labels)).toEqual(all.slice(0, n + 1))
          const gradients = boostedGradients(logits, labels).slice(0, n + 1)
          expect(boostedGradients(logits.slice(0, n + 1), labels)).toEqual(gradients)
        })
      }),
    )
  })

  test('with rho = 0 every exit stands alone', () => {
    fc.assert(
      fc.property(networks, ({ logits, labels }) => {
        const alone = logits.flatMap((scores) => boostedLosses([scores], labels))
        expect(distanceOf(boostedLosses(logits, labels, { reweight: 0 }), alone)).toBeLessThan(1e-12)
      }),
    )
  })

  test('with one constant rho, or with training’s indexing, inference predicts what training scored', () => {
    fc.assert(
      fc.property(networks, fc.double({ min: 0, max: 1, noNaN: true }), ({ logits }, rho) => {
        const rising = logits.map((_, n) => rho * (n + 1))
        const trained = (factor: number | number[]) =>
          boostedBases(logits, factor).map((base, n) => base.map((row, i) => row.map((x, j) => x + logits[n]![i]![j]!)))
        expect(distanceOf(boostedPredict(logits, rho), trained(rho))).toBeLessThan(1e-9)
        expect(distanceOf(boostedPredict(logits, rising, 'training'), trained(rising))).toBeLessThan(1e-9)
      }),
    )
  })

  test('no exits, and factors that are too few, are errors', () => {
    expect(() => boostedBases([] as Scores[])).toThrow('expected the scores of one exit or more')
    expect(() => boostedLosses(exits, labels, { reweight: [0.5] })).toThrow('expected a finite number, or 3 of them')
    expect(() => boostedBases([[[1, 2], [3]]])).toThrow('expected a tensor, or rows of numbers')
  })
})

describe('exitRescaleFactors', () => {
  test('are 1 / (exits − n) before the exit and exits − n − 1 behind it', () => {
    expect(exitRescaleFactors(3)).toEqual([
      [1 / 3, 2],
      [1 / 2, 1],
      [1, 0],
    ])
    expect(exitRescaleFactors(1)).toEqual([[1, 0]])
    expect(() => exitRescaleFactors(0)).toThrow('expected an integer from 1 up')
  })
})

describe('gradientRescale', () => {
  const { a, c, g, x, h, rescaled, plain_sum: plain } = outputs.gradient_rescale_chain

  /** Backwards by hand through h_n = a_n·h_(n−1), to the gradients of every h_n and a_n. */
  const backwards = (factors: readonly (readonly [number, number])[]) => {
    const features: number[] = []
    a.forEach((w, n) => {
      const made = gradientRescale.float64(w * (features[n - 1] ?? x), factors[n]![0]).value
      features.push(gradientRescale.float64(made, factors[n]![1]).value as number)
    })
    let deeper = 0
    const dh = [0, 0, 0]
    for (let n = 2; n >= 0; n--) {
      const [before, after] = factors[n]!
      const behind = gradientRescale.float64(features[n]!, after).gradient(deeper) as number
      dh[n] = gradientRescale.float64(features[n]!, before).gradient(g[n]! * c[n]! + behind) as number
      deeper = dh[n]! * a[n]!
    }
    return { features, dh, da: dh.map((d, n) => d * (features[n - 1] ?? x)) }
  }

  test('gives the worked example within 1e-10 on plain numbers: the same features, and means for sums', () => {
    const made = backwards(exitRescaleFactors(3))
    expect(distanceOf([made.features, made.dh, made.da], [h, rescaled.dh, rescaled.da])).toBeLessThan(1e-10)
    const sums = backwards(a.map(() => [1, 1] as const))
    expect(distanceOf([sums.features, sums.dh, sums.da], [h, plain.dh, plain.da])).toBeLessThan(1e-10)
    made.dh.forEach((d, n) => {
      expect(d * (3 - n)).toBeCloseTo(sums.dh[n]!, 12)
    })
  })

  test('stops the gradient with factor 0, an infinite one too', () => {
    expect(gradientRescale.float64([1, 2], 0).gradient([Number.POSITIVE_INFINITY, 3])).toEqual([0, 0])
    expect(() => gradientRescale.float64([1], Number.NaN)).toThrow('gradientRescale: factor: expected a finite number')
  })
})

describe('lossEqualizer', () => {
  test('gives the worked example within 1e-10', () => {
    const equalizer = lossEqualizer()
    outputs.loss_equalization.reduce((state, { losses, running, weights, total }) => {
      const [found, next] = equalizer.update(losses, state)
      expect(distanceOf(found, weights)).toBeLessThan(1e-10)
      expect(distanceOf(next.running, running)).toBeLessThan(1e-10)
      expect(found.reduce((sum, w, n) => sum + w * losses[n]!, 0)).toBeCloseTo(total, 10)
      return next
    }, equalizer.init())
  })

  test('leaves the first total as it is', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 1e-3, max: 9, noNaN: true }), { minLength: 1 }), (losses) => {
        const [weights] = lossEqualizer().update(losses, { running: [] })
        const sum = losses.reduce((total, x) => total + x, 0)
        expect(weights.reduce((total, w, n) => total + w * losses[n]!, 0)).toBeCloseTo(sum, 8)
      }),
    )
  })

  test('an exit more, and a loss that is none, are errors', () => {
    expect(() => lossEqualizer().update([1, 2], { running: [1] })).toThrow('expected 1 losses, got 2')
    expect(() => lossEqualizer().update([Number.NaN], { running: [] })).toThrow('losses[0]: expected a number above 0')
  })
})

describe('exitThresholds', () => {
  const shares = (n: number) => fc.integer({ min: 1, max: 39 }).map((budget) => exitShares(n, budget))
  const cases = fc.integer({ min: 1, max: 4 }).chain((n) => {
    const confidences = fc.integer({ min: 1, max: 30 }).chain((size) =>
      fc.array(fc.uniqueArray(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: size, maxLength: size }), {
        minLength: n,
        maxLength: n,
      }),
    )
    return fc.tuple(confidences, shares(n))
  })

  test('let at each exit just its share of the samples go, or nobody', () => {
    fc.assert(
      fc.property(cases, ([confidences, shares]) => {
        const thresholds = exitThresholds(confidences, shares)
        const exit = earlyExit(confidences, thresholds)
        const samples = confidences[0]!.length
        thresholds.slice(0, -1).forEach((threshold, k) => {
          const left = exit.filter((e) => e === k).length
          expect(left).toBe(threshold === 1e8 ? 0 : Math.floor(samples * shares[k]!))
        })
        expect(exit.length).toBe(samples)
        expect(thresholds.at(-1)).toBe(Number.NEGATIVE_INFINITY)
      }),
    )
  })

  test('shares follow the power law and sum to 1', () => {
    expect(exitShares(3, 20)).toEqual([1 / 3, 1 / 3, 1 / 3])
    expect(exitShares(2, 10)[0]).toBeCloseTo(2 / 3, 12)
    expect(() => exitThresholds([[0.5]], [])).toThrow('expected one share for each of 1 exits')
    expect(() => earlyExit([[0.5]], [])).toThrow('expected a threshold for each of 1 exits')
  })
})

describeEngines(testEngines, () => {
  const read = (x: tf.Tensor): Promise<unknown> => x.array()
  const all = (xs: readonly tf.Tensor[]): Promise<unknown[]> => Promise.all(xs.map(read))
  const tensors = exits.map((scores) => () => tf.tensor2d(scores as number[][]))

  test.each(runs)('boosted scores and their gradients give the worked example %s within 3e-4', async (_, run) => {
    const logits = tensors.map((make) => make())
    const y = tf.tensor1d([...labels], 'int32')
    const loss = (fs: Params): tf.Scalar =>
      tf.addN(boostedLosses(fs as tf.Tensor2D[], y, { reweight: run.reweight })) as tf.Scalar
    const { grads } = valueAndGrad(loss)(logits)
    expect(distanceOf(await all(boostedLosses(logits, y, { reweight: run.reweight })), run.stage_losses)).toBeLessThan(
      3e-4,
    )
    expect(distanceOf(await all(grads as tf.Tensor[]), run.grad_exit_logits)).toBeLessThan(3e-4)
    expect(distanceOf(await all(boostedPredict(logits, run.reweight)), run.predict_logits)).toBeLessThan(3e-4)
    expect(distanceOf(await all(boostedBases(logits, run.reweight)), run.stopgrad_base_per_stage)).toBeLessThan(3e-4)
  })

  test('scores that are boosted leave nothing behind but themselves', () => {
    const logits = tensors.map((make) => make())
    const before = tf.memory().numTensors
    boostedBases(logits)
    expect(tf.memory().numTensors).toBe(before + exits.length)
    boostedPredict(logits)
    expect(tf.memory().numTensors).toBe(before + exits.length + exits.length - 1)
  })

  test('rescaling leaves the features as they are and makes their gradients means', async () => {
    const { a, c, g, x, h, rescaled, plain_sum: plain } = outputs.gradient_rescale_chain
    const factors = exitRescaleFactors(3)
    // h_0 = a_0·x, h_n = a_n·h_(n−1); exit n adds g_n·c_n·h_n to the loss; zeros added to h_n ask for its gradient.
    const forward = (scaled: boolean) => (p: Params) => {
      const { weights, zeros } = p as { weights: tf.Tensor[]; zeros: tf.Tensor[] }
      let [feature, loss]: [tf.Tensor, tf.Tensor] = [tf.scalar(x), tf.scalar(0)]
      weights.forEach((w, n) => {
        const [before, after] = scaled ? factors[n]! : [1, 1]
        const own = gradientRescale(tf.add(tf.mul(w, feature), zeros[n]!), before)
        loss = tf.add(loss, tf.mul(g[n]! * c[n]!, own))
        feature = gradientRescale(own, after)
      })
      return loss as tf.Scalar
    }
    const start = (): Params => ({ weights: a.map((w) => tf.scalar(w)), zeros: a.map(() => tf.scalar(0)) })
    for (const [scaled, expected] of [
      [true, rescaled],
      [false, plain],
    ] as const) {
      const { value, grads } = valueAndGrad(forward(scaled))(start())
      const { weights, zeros } = grads as { weights: tf.Tensor[]; zeros: tf.Tensor[] }
      expect(await read(value)).toBeCloseTo(
        h.reduce((sum, f, n) => sum + g[n]! * c[n]! * f, 0),
        4,
      )
      expect(distanceOf(await all(weights), expected.da)).toBeLessThan(1e-5)
      // The gradient of h_n before its rescaling is that of the added zero, times exits − n where it was rescaled.
      expect(distanceOf(await all(zeros), expected.dh)).toBeLessThan(1e-5)
    }
  })
})
