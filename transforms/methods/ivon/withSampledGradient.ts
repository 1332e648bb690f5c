import * as tf from '@tensorflow/tfjs-core'
import { checkArgument, type Kind } from '../../../lib/check/options.ts'
import { ForegradError } from '../../../lib/data/error.ts'
import { treeMap } from '../../../lib/data/tree.ts'
import type { Extra } from '../../../lib/form/form.ts'
import { isMarked } from '../../../lib/form/stages.ts'
import type { GradientTransformation, Grads, Params, ParamsLike } from '../../../lib/form/transformation.ts'
import { dispose } from '../../../lib/hosts/tfjs/dispose.ts'
import { tfjsHost } from '../../../lib/hosts/tfjs/host.ts'
import { normalTree } from '../../../lib/hosts/tfjs/normalTree.ts'
import { step as take } from '../../../lib/hosts/tfjs/step.ts'
import type { Trainer } from '../../../lib/hosts/tfjs/trainingHost.ts'
import { valueAndGrad } from '../../../lib/hosts/tfjs/valueAndGrad.ts'
import { checkTrain } from '../../../lib/memory/consumed.ts'
import { type Key, keyKind } from '../../../lib/random/key.ts'
import { runForm } from '../../../lib/run/runForm.ts'
import { checkDriver, type TrainOptions, trainKinds } from '../../../lib/train/driver.ts'
import type { LookaheadState } from '../../../lib/train/withLookaheadGradient.ts'
import { findIvonState } from './findIvonState.ts'
import { ivonAccumulate } from './ivonAccumulate.ts'
import { ivonSample } from './ivonSample.ts'
import type { IvonState } from './scaleByIvon.ts'

/** A train state with the weights at which the next gradient is taken, the normal numbers of that draw, and how many draws there were. */
export interface SampledState<P, S> extends LookaheadState<P, S> {
  readonly noise: P
  readonly draws: number
}

/** Options of `withSampledGradient`. */
export interface SampledOptions<Batch extends readonly unknown[]> extends TrainOptions<Batch> {
  /** The key of all draws: the same key, the same run. */
  readonly key: Key
}

/** The key is held against what a key is by itself: its error is another. */
const anything: Kind = { expected: 'a key', test: () => true }

const unmarked = (name: string): ForegradError => {
  const fault = { path: `withSampledGradient: ${name}`, expected: 'IVON in the chain', got: 'no mark' }
  return new ForegradError('bad-rule', [fault], 'Use ivon or scaleByIvon; for other optimizers withGradient.')
}

/** What the draws of one step came to. */
interface Evidence {
  readonly value: tf.Scalar
  readonly grads: Grads
  readonly extra: Extra
  /** What is to be given back with the gradients, which the step itself gives up. */
  readonly own: unknown
}

/**
 * Puts a loss and IVON together: each gradient is taken at weights drawn from the Gaussian and applied to its mean.
 *
 *     z_k = normalTree(key, params, k),  k counts the draws
 *     g   = ∇loss(params + z_k / √(ess·(h + δ)), ...batch)
 *     [params', state'] = step(tx, g, state, params) given z_k;  ahead' = params' + z_(k+1) / √(ess·(h' + δ))
 *
 * The mark of `scaleByIvon` is that sum: the pass that writes the new parameters also writes the next sampled ones. With mcSamples > 1 a
 * step takes so many gradients, all on its batch and at draws around the same parameters, and updates with their means; `value` is the mean loss.
 * There is no hidden state: equal keys and batches give equal runs, also when one goes on from a stored train state.
 *
 * Default: donate = false. Errors: `bad-rule` when the chain has no mark, `bad-argument` when the mark is not IVON's and for an unknown option, `bad-hyperparameter` for what is no key; those of `valueAndGrad` and `step`.
 * Source: Shen et al. 2024, Algorithm 1, arXiv 2402.17641.
 */
export const withSampledGradient = <P extends ParamsLike<P>, S, Batch extends readonly unknown[]>(
  loss: (params: P, ...batch: Batch) => tf.Tensor,
  tx: GradientTransformation<S>,
  options: SampledOptions<Batch>,
): Trainer<SampledState<P, S>, P, Batch> => {
  const trainer = sampledTrainer(loss as unknown as (params: Params, ...batch: Batch) => tf.Tensor, tx, options)
  return trainer as unknown as Trainer<SampledState<P, S>, P, Batch>
}

const sampledTrainer = <S, Batch extends readonly unknown[]>(
  loss: (params: Params, ...batch: Batch) => tf.Tensor,
  tx: GradientTransformation<S>,
  options: SampledOptions<Batch>,
): Trainer<SampledState<Params, S>, Params, Batch> => {
  checkDriver('withSampledGradient', tx, options, { ...trainKinds, key: anything })
  const { key, donate = false, extra } = options
  checkArgument('withSampledGradient: key', key, keyKind)
  if (!isMarked(tx.form)) throw unmarked(tx.name)
  const gradient = valueAndGrad(loss)
  const evidence = (train: SampledState<Params, S>, batch: Batch): Evidence => {
    const { mcSamples, gradsq } = findIvonState('withSampledGradient', train.state)
    if (mcSamples === 1) {
      const { value, grads } = gradient(train.ahead, ...batch)
      return { value, grads, extra: { noise: train.noise }, own: [] }
    }
    // In a scope, which gives the draws before it back when one of the losses throws.
    const means = () => meanEvidence((at) => gradient(at, ...batch), train, key, { mcSamples, gradsq })
    return tf.tidy(() => means() as never) as unknown as Evidence
  }
  return {
    init: (params) => {
      const state = tx.init(params)
      const noise = normalTree(key, params, 0)
      return { params, state, noise, ahead: ivonSample(noise, params, state), draws: 1 }
    },
    step: (train, ...batch) => {
      checkTrain(train)
      const { params, state, ahead, noise, draws } = train
      const found = evidence(train, batch)
      const used = findIvonState('withSampledGradient', state).mcSamples
      const next = draws + used
      const nextNoise = normalTree(key, params, next - 1)
      try {
        const all = { ...extra?.(...batch), ...found.extra, nextNoise }
        const made = runForm(
          tx.form,
          'lookahead',
          { grads: found.grads, spend: true, state, params, donate, ahead, extra: all },
          tfjsHost,
        )
        if (donate) dispose(noise)
        return { train: { ...(made as LookaheadState<Params, S>), noise: nextNoise, draws: next }, value: found.value }
      } catch (error) {
        dispose([found.value, found.grads, nextNoise])
        throw error
      } finally {
        dispose(found.own)
      }
    },
  }
}

const accumulating = { price: ivonAccumulate(), gradsq: ivonAccumulate({ hessApprox: 'gradsq' }) }

/** The means over the draws of one step; the first draw is the one that the last step wrote. */
const meanEvidence = (
  gradient: (at: Params) => { value: tf.Scalar; grads: Grads },
  { params, state, ahead, noise, draws }: SampledState<Params, unknown>,
  key: Key,
  { mcSamples, gradsq }: Pick<IvonState, 'mcSamples' | 'gradsq'>,
): Evidence => {
  const accumulated = gradsq === 0 ? accumulating.price : accumulating.gradsq
  const zeros = treeMap<tf.Tensor, tf.Tensor>(params, (leaf) => tf.zerosLike(leaf))
  let means = { params: zeros as Params, state: accumulated.init(zeros) }
  const values: tf.Scalar[] = []
  for (let k = 0; k < mcSamples; k++) {
    const z = k === 0 ? noise : normalTree(key, params, draws + k - 1)
    const at = k === 0 ? ahead : ivonSample(z, params, state)
    const { value, grads } = gradient(at)
    means = take(accumulated, grads, means.state, means.params, { donate: true, extra: { noise: z } })
    values.push(value)
    dispose(k === 0 ? grads : [grads, z, at])
  }
  const value = tf.tidy(() => tf.div(tf.addN(values), mcSamples) as tf.Scalar)
  dispose(values)
  return { value, grads: means.params, extra: { products: means.state.products }, own: means.state }
}
