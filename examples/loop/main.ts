/** A training with all that one expects around it: a bar, the best weights kept, the rate reduced where the loss stands still, curves. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import '../../lib/gradients.ts'
import {
  adamw,
  chain,
  clipByGlobalNorm,
  dispose,
  expr,
  record,
  releaseBackend,
  signal,
  useBackend,
  withLookaheadGradient,
} from '../../lib/index.ts'
import { pathEnding, runCommand, wholeFrom } from '../flags.ts'
import { lineChart } from '../plot/lineChart.ts'
import { earlyStopping } from './earlyStopping.ts'
import { history } from './history.ts'
import { progressBar } from './progressBar.ts'
import { reduceOnPlateau } from './reduceOnPlateau.ts'
import { trainEpochs } from './trainEpochs.ts'

type Net = { w: tf.Tensor2D; b: tf.Tensor1D; out: tf.Tensor2D }

/** A noisy wave at some of the places between −3 and 3. */
const wave = (count: number, seed: number) => {
  const x = tf.randomUniform<tf.Rank.R2>([count, 1], -3, 3, 'float32', seed)
  return { x, y: tf.add(tf.sin(tf.mul(x, 2)), tf.randomNormal([count, 1], 0, 0.3, 'float32', seed + 1)) as tf.Tensor2D }
}

const table = {
  epochs: { help: 'at most', ...wholeFrom(1, 200) },
  output: { help: 'where the picture of the curves is written', ...pathEnding('.svg', 'out/loop.svg') },
}

const about = 'Fits a noisy wave, with a progress bar, early stopping, and a rate that is reduced on a plateau.'

const run = async ({ epochs, output }: { readonly epochs: number; readonly output: string }): Promise<number> => {
  await useBackend({ prefer: ['wasm', 'cpu'] })
  const [training, validation] = [wave(256, 1), wave(256, 3)]
  const loss = ({ w, b, out }: Net, x: tf.Tensor2D, y: tf.Tensor2D) =>
    tf.mean(tf.square(tf.sub(tf.matMul(tf.tanh(tf.add(tf.matMul(x, w), b)), out), y))) as tf.Scalar
  const tx = chain(
    record('norm', ({ g }) => expr.normTree(g)),
    clipByGlobalNorm(1),
    adamw(signal('lr'), { predictSteps: 1 }),
  )
  const extra = (_x: tf.Tensor2D, _y: tf.Tensor2D, lr: number) => ({ lr })
  const trainer = withLookaheadGradient((p: Net, x: tf.Tensor2D, y: tf.Tensor2D, _lr: number) => loss(p, x, y), tx, {
    donate: true,
    extra,
  })

  const rate = { value: 0.03 }
  const [stopping, kept] = [earlyStopping<Net>({ monitor: 'val', patience: 15 }), history(() => ({ lr: rate.value }))]
  const rows = (x: tf.Tensor2D, i: number) => tf.slice(x, [32 * i, 0], [32, 1])
  const parts = Array.from({ length: 8 }, (_, i): [tf.Tensor2D, tf.Tensor2D] => [
    rows(training.x, i),
    rows(training.y, i),
  ])
  const trained = await trainEpochs({
    trainer: { step: (train, x: tf.Tensor2D, y: tf.Tensor2D) => trainer.step(train, x, y, rate.value) },
    train: trainer.init({
      w: tf.randomNormal([1, 32], 0, 2, 'float32', 5),
      b: tf.randomNormal([32], 0, 1, 'float32', 6),
      out: tf.zeros([32, 1]),
    }),
    batches: () => parts,
    epochs,
    validate: async ({ params }) => {
      const value = tf.tidy(() => loss(params, validation.x, validation.y))
      const [val] = await value.data()
      value.dispose()
      return { val: val as number }
    },
    callbacks: [
      progressBar(process.stderr),
      reduceOnPlateau(rate, { monitor: 'val', factor: 0.5, patience: 5 }),
      kept,
      stopping,
    ],
  })

  const best = stopping.best()
  console.log(`best: epoch ${best.epoch + 1}, val ${best.value.toFixed(4)}; the rate is ${rate.value} now`)
  const series = ['loss', 'val'].map((name) => ({
    name,
    points: kept.logs.map((logs, i) => [i + 1, logs[name] as number] as const),
  }))
  mkdirSync(dirname(output), { recursive: true })
  writeFileSync(output, lineChart({ title: 'A noisy wave', xLabel: 'epoch', yLabel: 'mean squared error', series }))
  console.log(`curves: ${output}`)
  dispose([best.params, trained.params, trained.state] as never)
  await releaseBackend()
  return 0
}

process.exitCode = await runCommand({ name: 'example:loop', about, table }, process.argv.slice(2), run)
