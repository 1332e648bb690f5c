import { writeFileSync } from 'node:fs'
import '../../lib/gradients.ts'
import {
  type BackendInfo,
  cosineDecaySchedule,
  type LookaheadState,
  releaseBackend,
  type TrainState,
  useBackend,
  withGradient,
  withLookaheadGradient,
} from '../../lib/index.ts'
import { type MlpParams, mlp } from '../models/mlp.ts'
import { type Contender, contender, type Training } from './contender.ts'
import { type Digits, loadDigits } from './digits.ts'
import { evaluate } from './evaluate.ts'
import type { Flags } from './flags.ts'
import { optimizers } from './optimizers.ts'
import { progress } from './progress.ts'
import { type Course, race, stepsOf } from './race.ts'
import { footnote, picture, type Result, summary } from './report.ts'

/** Trains one network with and without weight prediction, then shows a table and writes a picture to `flags.output`. */
export const compare = async (flags: Flags): Promise<'finished' | 'interrupted'> => {
  const interrupted = listenForInterrupt()
  try {
    console.log(backendText(await useBackend(flags.backend === 'auto' ? {} : { prefer: [flags.backend] })))
    const { training, test } = loadDigits()
    const course = { digits: training, batch: flags.batch, epochs: flags.epochs, seed: flags.seed }
    const contenders = enter(flags, stepsOf(course))
    await follow(contenders, course, interrupted)
    await report(contenders, test, flags)
    for (const { leave } of contenders) leave()
  } finally {
    await releaseBackend()
  }
  return interrupted() ? 'interrupted' : 'finished'
}

const model = mlp()

/** The same network twice, from the same seed; only the weights at which the gradient is taken differ. */
const enter = (
  { optimizer, stepsAhead, learningRate, seed }: Flags,
  steps: number,
): readonly Contender<MlpParams>[] => {
  const { make } = optimizers[optimizer]!
  const rate = cosineDecaySchedule({ initValue: learningRate, decaySteps: steps })
  const [still, marked] = [make(rate, 0), make(rate, stepsAhead)]
  const plain: Training<TrainState<MlpParams, unknown>, MlpParams> = (loss) => withGradient(loss, still, donate)
  const ahead: Training<LookaheadState<MlpParams, unknown>, MlpParams> = (loss) =>
    withLookaheadGradient(loss, marked, donate)
  const name = `${optimizer}, ${stepsAhead} ${stepsAhead === 1 ? 'step' : 'steps'} ahead`
  return [
    contender(optimizer, model, plain, seed),
    // With no step ahead there is no forecast, and nothing for withLookaheadGradient to read.
    stepsAhead === 0 ? contender(name, model, plain, seed) : contender(name, model, ahead, seed),
  ]
}

/** Nobody looks at an old train state, so its buffers may be written in place. */
const donate = { donate: true }

/** Runs the race under a progress bar, until its end or until it is interrupted. */
const follow = async (contenders: readonly Contender<MlpParams>[], course: Course, interrupted: () => boolean) => {
  const shown = progress(process.stderr)
  for await (const standing of race(contenders, course)) {
    shown.update(standing)
    if (interrupted()) break
  }
  shown.end()
  const [taken, all] = [contenders[0]!.losses.length, stepsOf(course)]
  if (taken < all) console.log(`Interrupted after ${taken} of ${all} steps; this is what there is:`)
}

const report = async (contenders: readonly Contender<MlpParams>[], test: Digits, flags: Flags): Promise<void> => {
  const results: Result[] = []
  for (const { params, ...seen } of contenders) results.push({ ...seen, ...(await evaluate(model, params(), test)) })
  writeFileSync(flags.output, picture(results, 'Learning to read handwritten digits', conditions(flags)))
  console.log(`\n${summary(results)}\n\n${footnote}\n\nBoth loss curves: ${flags.output}`)
}

const conditions = ({ learningRate, batch, seed }: Flags): string =>
  `8,000 digits, batches of ${batch}, learning rate ${learningRate} with cosine decay, seed ${seed}`

const backendText = ({ backend, adapter, simd, threads, fused, why }: BackendInfo): string => {
  const facts = [
    ...(adapter ? [adapter] : []),
    ...(simd ? ['SIMD'] : []),
    threads === 1 ? '1 thread' : `${threads} threads`,
  ]
  const how = fused ? 'fused optimizer steps' : 'optimizer steps op by op'
  const reasons = why.map((reason) => `  ${reason}`)
  // Dawn writes of itself what it looked for; nobody asks it to.
  const isQuiet = !why.some((reason) => reason.startsWith('webgpu: no adapter') && !reason.includes('libvulkan'))
  const calm = '  A warning of Vulkan above, if there is one, is that search for a GPU; nothing is wrong.'
  return [`Backend: ${backend} (${facts.join(', ')}), ${how}.`, ...reasons, ...(isQuiet ? [] : [calm])].join('\n')
}

/**
 * Hears Ctrl-C. A second one, when the user has had time to see that the first was heard, ends the process at once; what
 * comes sooner is the same key press, which a wrapper around this process may pass on again.
 */
const listenForInterrupt = (): (() => boolean) => {
  let heard: number | undefined
  process.on('SIGINT', () => {
    heard ??= performance.now()
    if (performance.now() - heard > 1000) process.exit(130)
  })
  return () => heard !== undefined
}
