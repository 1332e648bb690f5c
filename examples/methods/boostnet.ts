/** A boosted network with four exits against one trained exit by exit: accuracy at every exit, and under a budget of multiplications. */
import * as tf from '@tensorflow/tfjs-core'
import '../../lib/gradients.ts'
import {
  boostedLosses,
  boostedPredict,
  dispose,
  earlyExit,
  exitRescaleFactors,
  exitShares,
  exitThresholds,
  gradientRescale,
  sgd,
  useBackend,
  withGradient,
} from '../../lib/index.ts'
import { type Digits, takeBatch } from '../mnist/digits.ts'
import { type Dense, dense, initDense } from '../models/layers.ts'
import { foldIn, seedKey } from '../models/random.ts'
import { share, splitDigits } from './digits.ts'
import type { Arm, Experiment } from './experiment.ts'
import { trainOn } from './training.ts'

type Block = { readonly look: Dense; readonly pass: Dense; readonly exit: Dense }
type Params = readonly Block[]

/** Block n sees the digit in squares of 28 / sides[n] pixels and what the blocks before it made of coarser views. */
const sides = [4, 7, 14, 28]
const width = 32
const classes = 10
/** Multiplications until exit n has its scores. */
const costs = sides.map((_, n) =>
  sides
    .slice(0, n + 1)
    .reduce((sum, side, k) => sum + side * side * width + (k > 0 ? width * width : 0) + width * classes, 0),
)

const init = (seed: number): Params =>
  sides.map((side, n) => {
    const key = foldIn(seedKey(seed), n)
    const [look, pass, exit] = [0, 1, 2].map((part) => foldIn(key, part)) as [never, never, never]
    return {
      look: initDense(look, side * side, width, 2),
      pass: initDense(pass, width, width, 1),
      exit: initDense(exit, width, classes),
    }
  })

const view = (images: tf.Tensor2D, side: number): tf.Tensor2D => {
  const square = tf.reshape(images, [-1, 28, 28, 1]) as tf.Tensor4D
  return tf.reshape(tf.avgPool(square, 28 / side, 28 / side, 'valid'), [-1, side * side])
}

/** The scores of every exit; with `rescaled` the gradient of a block's feature is a mean over the exits that use it. */
const exitsOf = (params: Params, images: tf.Tensor2D, rescaled: boolean): tf.Tensor2D[] => {
  const factors = exitRescaleFactors(sides.length)
  let before: tf.Tensor2D | undefined
  return params.map(({ look, pass, exit }, n) => {
    const [own, deeper] = rescaled ? factors[n]! : [1, 1]
    const seen = dense(look, view(images, sides[n]!))
    const feature = gradientRescale(tf.relu(before ? tf.add(seen, dense(pass, before)) : seen), own) as tf.Tensor2D
    before = gradientRescale(feature, deeper)
    return dense(exit, feature)
  })
}

/** Scores of the exits on a part of the data: which class, how confident. */
const scoresOn = async (params: Params, { count, ...digits }: Digits, reweight: number) => {
  const { images, labels } = takeBatch(
    { count, ...digits },
    Uint32Array.from({ length: count }, (_, i) => i),
  )
  const probabilities = tf.tidy(() =>
    boostedPredict(exitsOf(params, images, false), reweight).map((x) => tf.softmax(x)),
  )
  const confident = await Promise.all(probabilities.map((x) => tf.tidy(() => tf.max(x, 1)).data()))
  const chosen = await Promise.all(probabilities.map((x) => tf.tidy(() => tf.argMax(x, 1)).data()))
  dispose([images, labels, probabilities])
  return {
    confidences: confident,
    isRight: chosen.map((row) => Array.from(row, (label, i) => label === digits.labels[i])),
  }
}

const { learnt, validation, test } = splitDigits(2_000)
const epochs = 12
const budgets = [10, 20]
const mean = (xs: readonly number[]): number => xs.reduce((sum, x) => sum + x, 0) / xs.length

/** A network trained with this weight of the exits before, gradients summed or averaged; thresholds are set on validation data. */
const armOf = (reweight: number, rescaled: boolean): Arm => ({
  settings: ['none'],
  train: async (_, seed) => {
    await useBackend({ prefer: ['wasm', 'cpu'] })
    const loss = (params: Params, images: tf.Tensor2D, labels: tf.Tensor1D): tf.Scalar =>
      tf.addN(boostedLosses(exitsOf(params, images, rescaled), labels, { reweight })) as tf.Scalar
    const trainer = withGradient(loss, sgd(0.05, { momentum: 0.9 }), { donate: true })
    const train = trainOn(trainer, trainer.init(init(seed)), { digits: learnt, size: 50, seed, epochs })
    const [held, final] = [
      await scoresOn(train.params, validation, reweight),
      await scoresOn(train.params, test, reweight),
    ]
    dispose(train)
    const exits = final.isRight.map((row, n) => [`exit ${n + 1}`, mean(row.map(Number))])
    const underBudget = budgets.flatMap((budget) => {
      const thresholds = exitThresholds(held.confidences, exitShares(sides.length, budget))
      const exit = earlyExit(final.confidences, thresholds)
      return [
        [`budget ${budget}`, mean(exit.map((n, i) => Number(final.isRight[n]![i])))],
        [`cost ${budget}`, mean(exit.map((n) => costs[n]!))],
      ]
    })
    return Object.fromEntries([...exits, ...underBudget])
  },
})

const separate = 'independent exits, summed'
const boosted = ['boosted (ρ 0.5), summed gradients', 'boosted (ρ 0.5), mean gradients'] as const
const shares = [...sides.map((_, n) => `exit ${n + 1}`), ...budgets.map((budget) => `budget ${budget}`)]

export const boostnet: Experiment = {
  name: 'boostnet',
  about: `${learnt.count.toLocaleString('en')} digits, four exits that see ${sides.map((side) => `${side}²`).join(', ')} pixels after ${costs.map((cost) => cost.toLocaleString('en')).join(', ')} multiplications, ${epochs} epochs of momentum at 0.05; the thresholds of a budget set on validation data`,
  arms: {
    [separate]: armOf(0, false),
    [boosted[0]]: armOf(0.5, false),
    [boosted[1]]: armOf(0.5, true),
  },
  tunedBy: 'exit 1',
  columns: [
    ...shares.map((figure) => ({ figure, heading: figure, ...share })),
    ...budgets.map((budget) => ({
      figure: `cost ${budget}`,
      heading: `multiplications at ${budget}`,
      text: (x: number) => Math.round(x).toLocaleString('en'),
    })),
  ],
  questions: boosted.flatMap((arm) => shares.map((figure) => ({ arm, against: separate, figure }))),
  seeds: 10,
}
