/**
 * Trains a network on real handwritten digits with jax-js: its gradients, foregrad's optimizer, no tfjs.
 *
 *     npx tsx examples/jaxjs/digits.ts
 */
import { defaultDevice, init, nn, numpy as np } from '@jax-js/jax'
import { adamw, chain, clipByGlobalNorm } from '../../lib/core.ts'
import { type JaxArray, withLookaheadGradient } from '../../lib/jaxjs.ts'
import { seedKey } from '../../lib/random/key.ts'
import { hidden, initial } from '../arrays/network.ts'
import { batchRows, classes, loadDigits, pixels, takeRows } from '../mnist/handwritten.ts'

type Params = { w1: JaxArray; b1: JaxArray; w2: JaxArray; b2: JaxArray }

const answers = ({ w1, b1, w2, b2 }: Params, images: JaxArray): JaxArray =>
  np.dot(nn.relu(np.dot(images, w1).add(b1)), w2).add(b2)

/** The mean cross entropy. */
const loss = (params: Params, images: JaxArray, labels: JaxArray): JaxArray =>
  np
    .sum(nn.logSoftmax(answers(params, images)).mul(labels), 1)
    .mean()
    .mul(-1)

const oneHot = (labels: ArrayLike<number>): JaxArray => {
  const rows = new Float32Array(labels.length * classes)
  Array.from(labels).forEach((label, i) => {
    rows[i * classes + label] = 1
  })
  return np.array(rows, { shape: [labels.length, classes] })
}

const imagesOf = (images: Float32Array): JaxArray => np.array(images, { shape: [images.length / pixels, pixels] })

await init('wasm')
defaultDevice('wasm')
const { training, test } = loadDigits()
const numbers = initial(seedKey(1))
const trainer = withLookaheadGradient(loss, chain(clipByGlobalNorm(1), adamw(3e-3, { predictSteps: 1 })))
let train = trainer.init({
  w1: np.array(numbers.w1, { shape: [pixels, hidden] }),
  b1: np.array(numbers.b1),
  w2: np.array(numbers.w2, { shape: [hidden, classes] }),
  b2: np.array(numbers.b2),
})
for (let epoch = 0; epoch < 2; epoch++) {
  const batches = batchRows(training.count, 64, 1, epoch)
  let sum = 0
  for (const rows of batches) {
    const { images, labels } = takeRows(training, rows)
    const next = trainer.step(train, imagesOf(images), oneHot(labels))
    train = next.train
    sum += (await next.value.data())[0]! / batches.length
  }
  const { w1, b1, w2, b2 } = train.params
  const best = await np
    .argmax(answers({ w1: w1.ref, b1: b1.ref, w2: w2.ref, b2: b2.ref }, imagesOf(test.images)), 1)
    .data()
  const wrong = Array.from(test.labels).filter((label, i) => label !== best[i]).length / test.labels.length
  console.log(`epoch ${epoch + 1}: loss ${sum.toFixed(3)}, ${(100 * wrong).toFixed(1)} % of the test digits wrong`)
}
