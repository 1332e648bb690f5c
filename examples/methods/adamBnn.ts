/**
 * A network of binary weights and activations, trained in two steps and in one: accuracy, and how its signs flip.
 *
 *     npx tsx examples/methods/adamBnn.ts
 */
import * as tf from '@tensorflow/tfjs-core'
import '../../lib/gradients.ts'
import {
  adamL2Masked,
  binarizeWeight,
  c2iRatio,
  dispose,
  flipFlopRatio,
  linearEpochDecay,
  releaseBackend,
  signApprox,
  treeMap,
  twoStepSchedule,
  useBackend,
  withGradient,
} from '../../lib/index.ts'
import { flagsOf } from '../flags.ts'
import { loadDigits } from '../mnist/digits.ts'
import { crossEntropy } from '../models/crossEntropy.ts'
import { type Dense, dense, initDense, initLayerNorm, type LayerNorm, layerNorm, normal } from '../models/layers.ts'
import { foldIn, seedKey } from '../models/random.ts'
import { everyNth, trainOn, wholeOf } from './training.ts'

flagsOf({
  name: 'examples/methods/adamBnn.ts',
  about:
    'A network of binary weights and activations, trained in two steps and in one: accuracy, and how its signs flip.',
  table: {},
})

type Params = {
  readonly first: Dense
  readonly binary: readonly tf.Tensor2D[]
  readonly norms: readonly LayerNorm[]
  readonly scores: Dense
}

const width = 128
const binaryLayers = 3
const init = (seed: number): Params => {
  const key = (part: number) => foldIn(seedKey(seed), part)
  return {
    first: initDense(key(0), 784, width, 2),
    binary: Array.from({ length: binaryLayers }, (_, i) => normal(key(i + 1), [width, width], 0.1) as tf.Tensor2D),
    norms: Array.from({ length: binaryLayers + 1 }, () => initLayerNorm(width)),
    scores: initDense(key(9), width, 10),
  }
}

/** As in the paper, the first layer and the scores are real; between them are binary activations, and in step 2 binary weights. */
const logits = ({ first, binary, norms, scores }: Params, images: tf.Tensor, isBinary: boolean): tf.Tensor2D => {
  const start = layerNorm(norms[0]!, dense(first, images as tf.Tensor2D))
  const last = binary.reduce((x, w, i) => {
    const next = tf.matMul(signApprox(x), isBinary ? binarizeWeight(w) : w)
    return tf.add<tf.Tensor2D>(x, layerNorm(norms[i + 1]!, next as tf.Tensor2D))
  }, start)
  return dense(scores, last)
}

const { backend } = await useBackend()
const { training, test } = loadDigits()
const digits = everyNth(training, 2)
const size = 50
const batches = Math.floor(digits.count / size)
const all = wholeOf(test)
const seed = 0
const isWeight = { first: false, binary: true, norms: false, scores: false }

const copy = (params: Params): Params => treeMap(params as never, (x: tf.Tensor) => tf.clone(x)) as unknown as Params
const number = async (x: tf.Scalar): Promise<number> => {
  const [value] = await x.data()
  x.dispose()
  return value!
}

interface Step {
  readonly epochs: number
  readonly weightDecay: number
  readonly binarizeWeights: boolean
}

/** Trains one step and tells its flips: the mean share of signs that an update turns, in the first and in the last tenth of the updates. */
const trainStep = async (start: Params, { epochs, weightDecay, binarizeWeights }: Step) => {
  const steps = epochs * batches
  const tx = adamL2Masked(linearEpochDecay(2.5e-3, epochs, batches), { weightDecay, mask: isWeight })
  const loss = (params: Params, images: tf.Tensor, labels: tf.Tensor): tf.Scalar =>
    crossEntropy(logits(params, images, binarizeWeights), labels)
  const trainer = withGradient(loss, tx, { donate: true })
  const flips: tf.Scalar[] = []
  let before = copy(start)
  const train = trainOn(trainer, trainer.init(copy(start)), { digits, size, seed, epochs }, ({ params }, step) => {
    // Of the last epoch, whose rate is 0, nothing is to be counted.
    const isCounted = step <= batches || (step > steps - 2 * batches && step <= steps - batches)
    if (!isCounted) return
    if (step !== 1 && step !== steps - 2 * batches + 1) flips.push(flipFlopRatio(before, params, isWeight))
    dispose(before)
    before = copy(params)
  })
  const values = await Promise.all(flips.map(number))
  const mean = (xs: readonly number[]): number => xs.reduce((sum, x) => sum + x, 0) / xs.length
  dispose([before, train.state])
  return { params: train.params, early: mean(values.slice(0, batches - 1)), late: mean(values.slice(batches - 1)) }
}

const accuracyOf = async (params: Params, isBinary: boolean): Promise<number> =>
  number(
    tf.tidy(() =>
      tf.mean(tf.cast(tf.equal(tf.argMax(logits(params, all.images, isBinary), 1), all.labels), 'float32')),
    ) as tf.Scalar,
  )

const [first, second] = twoStepSchedule({ epochs: 10 })
const recipes: Readonly<Record<string, readonly Step[]>> = {
  'one step, no decay': [{ ...second, epochs: 20 }],
  'one step, decay 5e-6': [{ ...second, epochs: 20, weightDecay: 5e-6 }],
  'two steps, decay 5e-6 then none': [first, second],
}

console.log(`${digits.count} digits to learn from, 20 epochs of ${batches} batches in all, seed ${seed}, ${backend}`)
console.log(`${binaryLayers} binary layers of ${width} × ${width}; labels, no teacher\n`)
console.log(`${''.padEnd(34)} accuracy   FF ratio in the first epoch   in the last but one   C2I ratio`)
for (const [name, steps] of Object.entries(recipes)) {
  const start = init(seed)
  let params = copy(start)
  for (const [i, step] of steps.entries()) {
    const made = await trainStep(params, step)
    const kept = await number(c2iRatio(start, made.params, isWeight))
    dispose(params)
    params = made.params
    const accuracy = `${(100 * (await accuracyOf(params, step.binarizeWeights))).toFixed(2)} %`
    const label = steps.length > 1 ? `${name}: step ${i + 1}` : name
    console.log(
      `${label.padEnd(42)} ${accuracy}   ${made.early.toExponential(2)}   ${made.late.toExponential(2)}   ${kept.toFixed(3)}`,
    )
  }
  dispose([params, start])
}
dispose(all)
await releaseBackend()
