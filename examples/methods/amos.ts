/**
 * Amos without a tuned decay against AdamW with several decays: the test loss of a small network on digits, and the slots that each keeps.
 *
 *     npx tsx examples/methods/amos.ts
 */
import * as tf from '@tensorflow/tfjs-core'
import '../../lib/gradients.ts'
import {
  adamw,
  amos,
  dispose,
  type GradientTransformation,
  paramsFnFromAssignMap,
  releaseBackend,
  treeLeaves,
  useBackend,
  withGradient,
} from '../../lib/index.ts'
import { flagsOf } from '../flags.ts'
import { loadDigits } from '../mnist/digits.ts'
import { mlp } from '../models/mlp.ts'
import { type Quality, qualityLine, qualityOf } from './calibration.ts'
import { everyNth, trainOn, wholeOf } from './training.ts'

flagsOf({
  name: 'examples/methods/amos.ts',
  about:
    'Amos without a tuned decay against AdamW with several decays: the test loss of a small network on digits, and the slots that each keeps.',
  table: {},
})

const { backend } = await useBackend()
const { training, test } = loadDigits()
const digits = everyNth(training, 4)
const model = mlp({ widths: [784, 128, 10] })
const run = { digits, size: 50, epochs: 20 }
const batches = Math.floor(digits.count / run.size)
const seeds = [0, 1, 2]
const all = wholeOf(test)

// The scales that Amos asks for say how large weights end up: √(2 / inputs) before a relu, √(1 / inputs) for the scores, ½ for biases.
const etaFn = paramsFnFromAssignMap<number>([
  ['[0-9]+/b$', 0.5],
  ['0/w', ([inputs = 1]) => Math.sqrt(2 / inputs)],
  ['1/w', ([inputs = 1]) => Math.sqrt(1 / inputs)],
])
const xi = 1 / Math.sqrt(batches)
const slots = {
  full: 'full',
  'a column': paramsFnFromAssignMap<readonly number[]>([
    ['.*w$', ([, outputs = 1]) => [1, outputs]],
    ['.*', () => []],
  ]),
  'one number': 'scalar',
} as const

const contenders: Readonly<Record<string, GradientTransformation>> = {
  ...Object.fromEntries(
    [
      [1e-3, 0],
      [1e-3, 0.1],
      [1e-3, 1],
      [3e-3, 0.1],
    ].map(([rate = 0, weightDecay = 0]) => [`AdamW, rate ${rate}, decay ${weightDecay}`, adamw(rate, { weightDecay })]),
  ),
  ...Object.fromEntries(
    Object.entries(slots).map(([name, shapeFn]) => [
      `Amos, slots: ${name}`,
      amos(xi, { etaFn, shapeFn, beta: 0.98, clipValue: Math.sqrt(run.size), momentum: 0.9 }),
    ]),
  ),
}

const sizeOf = (state: unknown): number =>
  treeLeaves<unknown>(state as never).reduce<number>(
    (n, leaf) => n + (typeof leaf === 'number' ? 0 : (leaf as tf.Tensor).size),
    0,
  )

console.log(
  `${digits.count} digits to learn from, ${run.epochs} epochs of ${batches} batches, mean of seeds ${seeds.join(', ')}, ξ = ${xi.toFixed(3)}, ${backend}\n`,
)
console.log(`${''.padEnd(34)} accuracy      NLL     ECE   numbers in the state`)
for (const [name, tx] of Object.entries(contenders)) {
  const found: Quality[] = []
  let kept = 0
  for (const seed of seeds) {
    const trainer = withGradient(model.loss, tx, { donate: true })
    const train = trainOn(trainer, trainer.init(model.init(seed)), { ...run, seed })
    const probabilities = tf.tidy(() => tf.softmax(model.logits(train.params, all.images)))
    found.push(await qualityOf(probabilities, test.labels))
    kept = sizeOf(train.state)
    dispose([train, probabilities])
  }
  const of = (key: keyof Quality): number => found.reduce((sum, quality) => sum + quality[key], 0) / seeds.length
  console.log(`${qualityLine(name, { accuracy: of('accuracy'), nll: of('nll'), ece: of('ece') })}   ${kept}`)
}
dispose(all)
await releaseBackend()
