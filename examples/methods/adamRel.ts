/**
 * Adam-Rel against Adam, and against Adam reset as a whole, on a target that changes: every few steps each digit gets another label.
 *
 *     npx tsx examples/methods/adamRel.ts
 */
import * as tf from '@tensorflow/tfjs-core'
import '../../lib/gradients.ts'
import {
  adam,
  adamRel,
  dispose,
  type GradientTransformation,
  releaseBackend,
  treeLeaves,
  treeMap,
  treeZip,
  useBackend,
  withGradient,
} from '../../lib/index.ts'
import { flagsOf } from '../flags.ts'
import { type Batch, batchRows, type Digits, loadDigits, takeBatch } from '../mnist/digits.ts'
import { table } from '../mnist/table.ts'
import { type MlpParams, mlp } from '../models/mlp.ts'
import { foldIn, permutation, seedKey } from '../models/random.ts'

flagsOf({
  name: 'examples/methods/adamRel.ts',
  about:
    'Adam-Rel against Adam, and against Adam reset as a whole, on a target that changes: every few steps each digit gets another label.',
  table: {},
})

const model = mlp({ widths: [784, 32, 10] })
const stepsOfTarget = 125
const targets = 6
const size = 64
const seeds = [0, 1]
const rates = [1e-3, 3e-3, 1e-2, 3e-2]
/** How many steps after a change count as near it. */
const near = 25

/** The labels as target number `target` names them. */
const relabel = ({ images, labels }: Batch, names: Uint32Array): Batch => {
  const renamed = Int32Array.from(labels.dataSync(), (label) => names[label]!)
  labels.dispose()
  return { images, labels: tf.tensor1d(renamed, 'int32') }
}

type Trainer = ReturnType<typeof trainerOf>
const trainerOf = (tx: GradientTransformation) =>
  withGradient(
    (params: MlpParams, images: tf.Tensor2D, labels: tf.Tensor1D, _changed: boolean) =>
      model.loss(params, images, labels),
    tx,
    { donate: true, extra: (_images, _labels, changed) => ({ targetChanged: changed }) },
  )

interface Method {
  readonly trainer: (rate: number) => Trainer
  /** What happens to the state where the target changes, beside the signal. */
  readonly restart?: (trainer: Trainer, train: ReturnType<Trainer['init']>) => ReturnType<Trainer['init']>
}

const methods: { readonly [name: string]: Method } = {
  Adam: { trainer: (rate) => trainerOf(adam(rate)) },
  'Adam, moments and count reset': {
    trainer: (rate) => trainerOf(adam(rate)),
    restart: (trainer, { params, state }) => {
      dispose(state)
      return trainer.init(params)
    },
  },
  'Adam-Rel, the count alone': { trainer: (rate) => trainerOf(adamRel(rate)) },
}

interface Course {
  /** The loss of every step, in order. */
  readonly losses: number[]
  /** For each step near a change, the largest move of one weight, in learning rates. */
  readonly moves: number[]
}

const isNear = (step: number): boolean => step >= stepsOfTarget && step % stepsOfTarget < near

const largestMove = (before: MlpParams, after: MlpParams): tf.Tensor =>
  tf.tidy(() => {
    const moves = treeZip<tf.Tensor, tf.Tensor, tf.Tensor>(before, after, (p, w) => tf.max(tf.abs(tf.sub(w, p))))
    return tf.max(tf.stack(treeLeaves(moves)))
  })

const follow = async (
  { trainer: build, restart }: Method,
  rate: number,
  digits: Digits,
  seed: number,
): Promise<Course> => {
  const trainer = build(rate)
  let train = trainer.init(model.init(seed))
  const losses: tf.Tensor[] = []
  const moves: tf.Tensor[] = []
  for (let target = 0; target < targets; target++) {
    const names = permutation(foldIn(seedKey(seed), target), 10)
    if (target > 0 && restart) train = restart(trainer, train)
    for (const rows of batchRows(digits.count, size, seed, target).slice(0, stepsOfTarget)) {
      const step = losses.length
      const { images, labels } = relabel(takeBatch(digits, rows), names)
      const before = isNear(step) ? treeMap<tf.Tensor, tf.Tensor>(train.params, (p) => tf.clone(p)) : []
      const next = trainer.step(train, images, labels, isNear(step) && step % stepsOfTarget === 0)
      train = next.train
      losses.push(next.value)
      if (isNear(step)) moves.push(largestMove(before as MlpParams, train.params))
      dispose([images, labels, before])
    }
  }
  const read = (list: tf.Tensor[]) => Promise.all(list.map(async (x) => (await x.data())[0]!))
  const found = { losses: await read(losses), moves: (await read(moves)).map((x) => x / rate) }
  dispose([train, losses, moves])
  return found
}

const mean = (xs: readonly number[]): number => xs.reduce((sum, x) => sum + x, 0) / xs.length

const { backend } = await useBackend()
const { training } = loadDigits()
const started = performance.now()
const rows: string[][] = []
for (const [name, method] of Object.entries(methods)) {
  for (const rate of rates) {
    const runs: Course[] = []
    for (const seed of seeds) runs.push(await follow(method, rate, training, seed))
    const all = mean(runs.map(({ losses }) => mean(losses)))
    const after = mean(runs.map(({ losses }) => mean(losses.filter((_, step) => isNear(step)))))
    const worst = mean(runs.map(({ losses }) => Math.max(...losses.slice(stepsOfTarget))))
    const move = mean(runs.map(({ moves }) => Math.max(...moves)))
    rows.push([`${name}, ${rate}`, ...[all, after, worst].map((x) => x.toFixed(3)), move.toFixed(2)])
  }
}
const seconds = ((performance.now() - started) / 1000).toFixed(0)
console.log(
  `${targets} targets of ${stepsOfTarget} steps each, the labels renamed at every change; loss, mean of seeds ${seeds.join(', ')}; ${backend}, ${seconds} s\n`,
)
console.log(
  table(
    ['method, learning rate', 'all steps', `${near} steps after a change`, 'worst step', 'largest move / rate'],
    rows,
  ),
)
await releaseBackend()
