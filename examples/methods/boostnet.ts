/**
 * A boosted network with four exits against one trained exit by exit: accuracy at every exit, and under a budget of multiplications.
 *
 *     npx tsx examples/methods/boostnet.ts
 */
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
  releaseBackend,
  sgd,
  useBackend,
  withGradient,
} from '../../lib/index.ts'
import { flagsOf } from '../flags.ts'
import { type Digits, loadDigits, takeBatch } from '../mnist/digits.ts'
import { type Dense, dense, initDense } from '../models/layers.ts'
import { foldIn, seedKey } from '../models/random.ts'
import { trainOn } from './training.ts'

flagsOf({
  name: 'examples/methods/boostnet.ts',
  about:
    'A boosted network with four exits against one trained exit by exit: accuracy at every exit, and under a budget of multiplications.',
  table: {},
})

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

interface Way {
  readonly name: string
  readonly reweight: number
  readonly rescaled: boolean
}
const ways: readonly Way[] = [
  { name: 'independent exits, summed gradients', reweight: 0, rescaled: false },
  { name: 'boosted (rho 0.5), summed gradients', reweight: 0.5, rescaled: false },
  { name: 'boosted (rho 0.5), mean gradients', reweight: 0.5, rescaled: true },
]

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

/** Digits of rows for which `chosen` holds. */
const rowsOf = ({ images, labels, count }: Digits, chosen: (row: number) => boolean): Digits => {
  const rows = Array.from({ length: count }, (_, i) => i).filter(chosen)
  const taken = new Float32Array(rows.length * 784)
  rows.forEach((row, i) => {
    taken.set(images.subarray(row * 784, (row + 1) * 784), i * 784)
  })
  return { count: rows.length, images: taken, labels: Int32Array.from(rows, (row) => labels[row]!) }
}

const { backend } = await useBackend()
const { training, test } = loadDigits()
const [learnt, held] = [rowsOf(training, (row) => row % 4 === 1), rowsOf(training, (row) => row % 4 === 2)]
const budgets = [5, 10, 20, 40]
const seeds = [0, 1, 2]
const percent = (x: number): string => `${(100 * x).toFixed(2)} %`.padStart(9)
const mean = (xs: readonly number[]): number => xs.reduce((sum, x) => sum + x, 0) / xs.length

console.log(
  `${learnt.count} digits to learn from, ${held.count} to set thresholds, mean of seeds ${seeds.join(', ')}, ${backend}`,
)
console.log(`multiplications until exit: ${costs.join(', ')}\n`)
for (const { name, reweight, rescaled } of ways) {
  const atExits: number[][] = []
  const underBudget: { accuracy: number; cost: number }[][] = []
  for (const seed of seeds) {
    const loss = (params: Params, images: tf.Tensor2D, labels: tf.Tensor1D): tf.Scalar =>
      tf.addN(boostedLosses(exitsOf(params, images, rescaled), labels, { reweight })) as tf.Scalar
    const trainer = withGradient(loss, sgd(0.05, { momentum: 0.9 }), { donate: true })
    const train = trainOn(trainer, trainer.init(init(seed)), { digits: learnt, size: 50, seed, epochs: 12 })
    const [validation, final] = [
      await scoresOn(train.params, held, reweight),
      await scoresOn(train.params, test, reweight),
    ]
    atExits.push(final.isRight.map((row) => mean(row.map(Number))))
    underBudget.push(
      budgets.map((budget) => {
        const thresholds = exitThresholds(validation.confidences, exitShares(sides.length, budget))
        const exit = earlyExit(final.confidences, thresholds)
        return {
          accuracy: mean(exit.map((n, i) => Number(final.isRight[n]![i]))),
          cost: mean(exit.map((n) => costs[n]!)),
        }
      }),
    )
    dispose(train)
  }
  console.log(name)
  console.log(`  at exit 1, 2, 3, 4:   ${sides.map((_, n) => percent(mean(atExits.map((row) => row[n]!)))).join(' ')}`)
  budgets.forEach((budget, k) => {
    const accuracy = mean(underBudget.map((row) => row[k]!.accuracy))
    const cost = mean(underBudget.map((row) => row[k]!.cost))
    console.log(
      `  budget ${String(budget).padStart(2)}:            ${percent(accuracy)}  at ${Math.round(cost)} multiplications a digit`,
    )
  })
}
await releaseBackend()
