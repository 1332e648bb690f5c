/** The drivers of the library: which of them an optimizer needs, and what each must have given it. */
import * as tf from '@tensorflow/tfjs-core'
import { type Tree, treeLeaves, treeMap } from '../../lib/data/tree.ts'
import type { Extra } from '../../lib/form/form.ts'
import type { RunGiven } from '../../lib/form/given.ts'
import { readsExtra } from '../../lib/form/named.ts'
import { tfjsHost } from '../../lib/hosts/tfjs/host.ts'
import {
  normalTree,
  type Params,
  pairedGradients,
  seedKey,
  trainer,
  valueAndGrad,
  withGradient,
  withLookaheadGradient,
  withPairedGradient,
  withSampledGradient,
} from '../../lib/index.ts'
import type { Draws } from '../../lib/rule/rule.ts'
import { initForm, runForm } from '../../lib/run/runForm.ts'
import { drawsOf } from '../../lib/train/draws.ts'
import type { TrainerState } from '../../lib/train/loop.ts'
import type { Subject } from '../laws/subject.ts'

/** What a training carries: of what stands beside parameters and state, that which its driver needs. */
export type Now = TrainerState<Params, unknown>

/** Where an optimizer needs its gradients. */
interface Needs {
  readonly pairs: boolean
  readonly draws: Draws | undefined
}

const needsOf = ({ tx: { form } }: Subject): Needs => ({
  pairs: readsExtra(form, 'gradAtPrevious', false),
  draws: drawsOf(form),
})

/** The trees that its driver gives an optimizer beside what the caller gives. */
const givenTo = (subject: Subject): readonly string[] => {
  const { pairs, draws } = needsOf(subject)
  return [...(pairs ? ['gradAtPrevious'] : []), ...(draws ? ['noise', 'nextNoise', 'products'] : [])]
}

/** The trees that an optimizer must be given by the caller of its driver. */
export const treesFor = (subject: Subject, driven: boolean): readonly string[] => {
  const given = driven ? givenTo(subject) : []
  return subject.extraTrees.filter((tree) => !given.includes(tree))
}

/** A loss whose gradient is what is given: Σ c·p. Leaves without elements have none: tfjs cannot sum them on WebGPU. */
const linear = (params: Params, slopes: Params): tf.Scalar => sumOf(params, slopes, (p, c) => tf.mul(p, c))

/** One whose gradient tells places from each other: Σ c·p + p²/2. */
const bowl = (params: Params, slopes: Params): tf.Scalar =>
  sumOf(params, slopes, (p, c) => tf.mul(p, tf.add(c, tf.mul(p, 0.5))))

const sumOf = (params: Params, slopes: Params, term: (p: tf.Tensor, c: tf.Tensor) => tf.Tensor): tf.Scalar => {
  const others = treeLeaves(slopes as Tree<tf.Tensor>)
  const leaves = treeLeaves(params as Tree<tf.Tensor>)
  const isEmpty = leaves.every(({ size }) => size === 0)
  const terms = leaves.flatMap((p, i) => (p.size > 0 || isEmpty ? [tf.sum(term(p, others[i] as tf.Tensor))] : []))
  return tf.addN(terms) as tf.Scalar
}

/** Means over draws are held against draws whose gradients are the same; one gradient is held against the loss at its place. */
const lossOf = ({ pairs, draws }: Needs) => (pairs || draws?.samples === 1 ? bowl : linear)

/** The driver made for what an optimizer needs; where it needs two things at once, `trainer` is the only one. */
const driverOf = (subject: Subject, { pairs, draws }: Needs) => {
  if (draws && !pairs) return withSampledGradient
  if (pairs) return withPairedGradient
  return subject.marked ? withLookaheadGradient : withGradient
}

/** The name of the function that drives an optimizer. */
export const driverName = (subject: Subject, any: boolean): string =>
  (any ? trainer : driverOf(subject, needsOf(subject))).name

/** What drives a training, and what it must have given the optimizer. */
export interface Driver {
  readonly init: (params: Params) => Now
  readonly step: (now: Now, slopes: Params, extra: Extra) => { readonly train: Now; readonly value: tf.Scalar }
  readonly evidence: (now: Now, slopes: Params, extra: Extra) => Evidence
}

/** What the optimizer is given by right, what the next train state must hold beside, and what was made for it. */
export interface Evidence {
  readonly grads: Params
  readonly extra: Extra
  readonly beside: { readonly noise?: Params; readonly previous?: Params; readonly draws?: number }
  readonly own: unknown
}

/** The driver of an optimizer; with `any` it is `trainer`, which takes every one. Errors: `bad-rule` where the driver refuses it. */
export const openDriver = (subject: Subject, any: boolean, donate: boolean, seed: number): Driver => {
  const needs = needsOf(subject)
  const { pairs, draws } = needs
  const key = seedKey(seed)
  const loss = lossOf(needs)
  const make = any ? trainer : driverOf(subject, needs)
  const options = { donate, extra: (_: Params, others: Extra) => others, ...(draws && { key }) }
  const driver = make(loss as never, subject.tx, options as never) as unknown as Pick<Driver, 'init' | 'step'>

  /** The means over the draws of a step, one after another. */
  const meansOf = ({ params, noise, draws: done }: Required<Now>, { means, samples }: Draws, slopes: Params) => {
    const zeros = treeMap(params as Tree<tf.Tensor>, (leaf: tf.Tensor) => tf.zerosLike(leaf)) as Tree<tf.Tensor>
    const own: unknown[] = [zeros]
    let now = { params: zeros, state: initForm(means, zeros, tfjsHost) }
    for (let k = 0; k < samples; k++) {
      const z = k === 0 ? noise : normalTree(key, params, done + k - 1)
      own.push(k === 0 ? [] : z, now)
      const one = { grads: slopes, ...now, extra: { noise: z } } as unknown as RunGiven<tf.Tensor>
      now = runForm(means, 'step', one, tfjsHost) as typeof now
    }
    return { grads: now.params as Params, products: (now.state as { products: Params }).products, own: [own, now] }
  }

  const gradients = (now: Now, slopes: Params): { grads: Params; trees: Extra; own: unknown } => {
    const place = now.ahead ?? now.params
    if (draws && draws.samples > 1) {
      const { grads, products, own } = meansOf(now as Required<Now>, draws, slopes)
      return { grads, trees: { products }, own }
    }
    if (pairs) {
      const { value, grads, gradAtPrevious } = pairedGradients(loss)(place, now.previous as Params, slopes)
      return { grads, trees: { gradAtPrevious }, own: [value, grads, gradAtPrevious] }
    }
    if (!draws) return { grads: slopes, trees: {}, own: [] }
    const { value, grads } = valueAndGrad(loss)(place, slopes)
    return { grads, trees: {}, own: [value, grads] }
  }

  const evidence = (now: Now, slopes: Params, extra: Extra): Evidence => {
    const { grads, trees, own } = gradients(now, slopes)
    const previous = pairs ? { previous: now.ahead ?? now.params } : {}
    if (!draws) return { grads, extra: { ...extra, ...trees }, beside: previous, own }
    const done = now.draws as number
    const noise = normalTree(key, now.params, done + draws.samples - 1)
    const named = { ...extra, ...trees, noise: now.noise as Params, nextNoise: noise }
    return { grads, extra: named, beside: { ...previous, noise, draws: done + draws.samples }, own: [own, noise] }
  }

  return { ...driver, evidence }
}

/** Whether a driver has all that an optimizer needs, and can be followed: `trainer` alone has pairs at draws, and of one draw a step. */
export const fits = (subject: Subject, any: boolean): boolean => {
  const { pairs, draws } = needsOf(subject)
  return !(pairs && draws) || (any && draws.samples === 1)
}
