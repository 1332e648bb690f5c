/**
 * Muon, SOAP, schedule-free and plain AdamW on real digits: each at the best of a grid of learning rates, after equal steps and in equal time.
 *
 *     npx tsx examples/methods/matrices.ts
 */
import '../../lib/gradients.ts'
import {
  adamw,
  cosineDecaySchedule,
  dispose,
  type GradientTransformation,
  muon,
  releaseBackend,
  scheduleFreeAdamw,
  scheduleFreeEvalParams,
  soap,
  useBackend,
  withGradient,
} from '../../lib/index.ts'
import { flagsOf } from '../flags.ts'
import { batchRows, loadDigits, takeBatch } from '../mnist/digits.ts'
import { evaluate } from '../mnist/evaluate.ts'
import { table } from '../mnist/table.ts'
import { type MlpParams, mlp } from '../models/mlp.ts'
import { everyNth } from './training.ts'

flagsOf({
  name: 'examples/methods/matrices.ts',
  about:
    'Muon, SOAP, schedule-free and plain AdamW on real digits: each at the best of a grid of learning rates, after equal steps and in equal time.',
  table: {},
})

const model = mlp({ widths: [784, 64, 10] })
const { training, test } = loadDigits()
const digits = everyNth(training, 4)
const size = 50
const steps = 4 * Math.floor(digits.count / size)
const seeds = [0, 1, 2]

interface Method {
  /** From the smallest up; the best should be none of the two at the ends. */
  readonly rates: readonly number[]
  readonly tx: (rate: number, steps: number) => GradientTransformation
  /** The weights to look at are not those that are trained. */
  readonly averaged?: boolean
}

const falling = (initValue: number, decaySteps: number) => cosineDecaySchedule({ initValue, decaySteps })
const methods: { readonly [name: string]: Method } = {
  AdamW: { rates: [1e-3, 3e-3, 1e-2, 3e-2], tx: (rate, steps) => adamw(falling(rate, steps)) },
  'schedule-free AdamW': {
    rates: [3e-3, 1e-2, 3e-2, 1e-1],
    tx: (rate) => scheduleFreeAdamw(rate),
    averaged: true,
  },
  Muon: {
    rates: [3e-3, 1e-2, 3e-2, 1e-1],
    tx: (rate, steps) => muon(falling(rate, steps), { adamLearningRate: falling(rate / 3, steps) }),
  },
  'SOAP, sides up to 64': {
    rates: [1e-3, 3e-3, 1e-2, 3e-2],
    tx: (rate, steps) => soap(falling(rate, steps), { maxPrecondDim: 64, weightDecay: 0 }),
  },
}

interface Result {
  readonly rate: number
  readonly training: number
  readonly test: number
  readonly accuracy: number
  /** Milliseconds of the processor a step, with its gradient. */
  readonly milliseconds: number
}

/** Milliseconds that this process has computed, whatever else the machine does. */
const processor = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

function* batches(seed: number): Generator<Uint32Array> {
  for (let epoch = 0; ; epoch++) yield* batchRows(digits.count, size, seed, epoch)
}

const run = async ({ tx, averaged }: Method, rate: number, seed: number, steps: number): Promise<Result> => {
  const trainer = withGradient(model.loss, tx(rate, steps), { donate: true })
  const begun = processor()
  let train = trainer.init(model.init(seed))
  let step = 0
  for (const rows of batches(seed)) {
    if (step++ === steps) break
    const { images, labels } = takeBatch(digits, rows)
    const next = trainer.step(train, images, labels)
    train = next.train
    dispose([next.value, images, labels])
  }
  const milliseconds = (processor() - begun) / steps
  const params = averaged ? (scheduleFreeEvalParams(train.state as never, train.params) as MlpParams) : train.params
  const { loss: trainingLoss } = await evaluate(model, params, digits)
  const { loss, accuracy } = await evaluate(model, params, test)
  dispose(averaged ? [train, params] : train)
  return { rate, training: trainingLoss, test: loss, accuracy, milliseconds }
}

const mean = (results: readonly Result[]): Result => {
  const of = (key: keyof Result): number => results.reduce((sum, result) => sum + result[key], 0) / results.length
  const [rate, training, test] = [of('rate'), of('training'), of('test')]
  return { rate, training, test, accuracy: of('accuracy'), milliseconds: of('milliseconds') }
}

const overSeeds = async (method: Method, rate: number, count: number): Promise<Result> => {
  const results: Result[] = []
  for (const seed of seeds) results.push(await run(method, rate, seed, count))
  return mean(results)
}

const { backend } = await useBackend({ prefer: ['wasm'] })
await run(methods.AdamW as Method, 1e-3, 0, 40)
const begun = performance.now()
const found: { readonly name: string; readonly method: Method; readonly best: Result; readonly inside: boolean }[] = []
for (const [name, method] of Object.entries(methods)) {
  const results: Result[] = []
  for (const rate of method.rates) results.push(await overSeeds(method, rate, steps))
  const best = results.reduce((a, b) => (b.test < a.test ? b : a))
  found.push({ name, method, best, inside: ![results[0], results.at(-1)].includes(best) })
}
const ofAdamw = (found[0] as (typeof found)[number]).best.milliseconds
const rows: string[][] = []
for (const { name, method, best, inside } of found) {
  const fitting = Math.max(1, Math.round((steps * ofAdamw) / best.milliseconds))
  const inTime = name === 'AdamW' ? best : await overSeeds(method, best.rate, fitting)
  rows.push([
    name,
    `${best.rate}${inside ? '' : ' (at the end of the grid)'}`,
    best.training.toFixed(4),
    best.test.toFixed(4),
    `${(100 * best.accuracy).toFixed(2)} %`,
    best.milliseconds.toFixed(2),
    String(fitting),
    inTime.test.toFixed(4),
    `${(100 * inTime.accuracy).toFixed(2)} %`,
  ])
}
const seconds = ((performance.now() - begun) / 1000).toFixed(0)
console.log(
  `${digits.count} digits, ${steps} steps, mean of seeds ${seeds.join(', ')}, best by the test loss; ${backend}, ${seconds} s\n`,
)
const head = [
  '',
  'best rate',
  'training loss',
  'test loss',
  'accuracy',
  'ms a step',
  "steps in AdamW's time",
  'test loss',
  'accuracy',
]
console.log(table(head, rows))
await releaseBackend()
