/** Training loops: where the gradient of a step is taken, what the transformation is given with it, and what becomes of the old train state. */

import { raiseFaults, soundFaults } from '../check/check.ts'
import { checkHeld } from '../check/held.ts'
import { type Excess, noExcess } from '../data/excess.ts'
import { type Tree, treeLeaves, treeMap } from '../data/tree.ts'
import { treeAdvice } from '../errors/trees.ts'
import type { Form } from '../form/form.ts'
import type { Shaped } from '../hosts/engine.ts'
import type { TrainingHost } from '../hosts/host.ts'
import { checkTrain, stepped, steppedTrain } from '../memory/consumed.ts'
import type { Key } from '../random/key.ts'
import { normalTreeOn } from '../random/normalTree.ts'
import type { Draws } from '../rule/rule.ts'
import { initForm, runForm } from '../run/runForm.ts'
import { type Curvature, stepsIn, withDiagonal } from './curvature.ts'
import { type Draw, type Evidence, meansOn, placeOn } from './draws.ts'
import type { TrainOptions } from './driver.ts'
import { gradAtPreviousOn } from './pairedGradients.ts'

/** What a training loop carries. */
export interface TrainState<P, S> {
  readonly params: P
  readonly state: S
}

/** A train state with what the transformation needs beside: the place of the next gradient, and that of the last one; and of draws, the numbers. */
export interface TrainerState<P, S> extends TrainState<P, S> {
  readonly ahead?: P
  readonly previous?: P
  /** The normal numbers of the draw at `ahead`. */
  readonly noise?: P
  /** How many draws there were. */
  readonly draws?: number
  /** How many steps there were, where the curvature is estimated in some of them. */
  readonly steps?: number
}

/** One step's result: the next train state, and the loss, which the caller gives back. */
export interface TrainedOf<T, V> {
  readonly train: T
  readonly value: V
}

/** A loss and an optimizer as a training loop. */
export interface TrainerOf<T, P, Batch extends readonly unknown[], V> {
  init(params: P): T
  step(train: T, ...batch: Batch): TrainedOf<T, V>
}

/** What a transformation needs of the loop that trains with it. */
export interface Needs {
  /** It has a mark, which says where the gradient is taken. */
  readonly mark: boolean
  /** It reads the gradient of the batch at the place of the last gradient, too, as `gradAtPrevious`. */
  readonly previous: boolean
  /** Its gradients are taken at draws around the parameters; the place of the next one is its mark. */
  readonly draws?: Draws | undefined
  /** It reads an estimate of the Hessian's diagonal at the place of the gradient, as `hessianDiagonal`. */
  readonly curvature?: Curvature | undefined
}

/** Options of a training loop. */
export interface LoopOptions<Batch extends readonly unknown[]> extends TrainOptions<Batch> {
  /** The key of all draws. */
  readonly key?: Key
}

type Held<B> = TrainerState<Tree<B>, unknown>

/** True where the two trees have a leaf in common. */
const share = (a: unknown, b: unknown): boolean => {
  const leaves = new Set(treeLeaves(a as Tree<unknown>))
  return treeLeaves(b as Tree<unknown>).some((leaf) => leaves.has(leaf))
}

/** Gives back what is in the old train state and not in the new one. */
const consume = <B extends Shaped>(
  { dispose }: Pick<TrainingHost<B, unknown>, 'dispose'>,
  old: unknown,
  made: unknown,
): void => {
  const kept = new Set(treeLeaves(made as Tree<unknown>))
  dispose(treeLeaves(old as Tree<unknown>).filter((leaf) => !kept.has(leaf)))
}

/**
 * The training loop of a loss and a transformation on a host, with what the transformation needs.
 *
 *     place = ahead where there is a mark, else params;  g = ∇loss(place, ...batch);  gradAtPrevious = ∇loss(previous, ...batch)
 *     [params', state', ahead'] = step(tx, g, state, params) given gradAtPrevious;  previous' = place
 *
 * Of draws, `ahead` is the place of the next one; of several a step, g is the mean, and `previous` the place of the first.
 *
 * Donated, the train state is consumed; the place that becomes `previous` is kept, and what it shares memory with is not written in place.
 */
export const trainOn = <B extends Shaped, V, L, T, P, Batch extends readonly unknown[]>(
  host: TrainingHost<B, V, L>,
  loss: (params: P, ...batch: Batch) => L,
  { form }: { readonly form: Form },
  { mark, previous: pairs, draws, curvature }: Needs,
  { donate = false, extra, key }: LoopOptions<Batch>,
): TrainerOf<T, P, Batch, V> => {
  const gradient = host.valueAndGrad(loss as unknown as (params: Tree<B>, ...batch: Batch) => L)
  const mode = mark ? 'lookahead' : 'step'
  const noiseOf = (like: Tree<B>, step: number): Tree<B> => normalTreeOn(host)(key as Key, like, step)

  const start = (params: Tree<B>): Held<B> => {
    const state = initForm(form, params, host)
    const counted = curvature && { steps: 0 }
    if (!mark) return { params, state, ...counted, ...(pairs && { previous: params }) }
    if (!draws) return { params, state, ...counted, ahead: params, ...(pairs && { previous: params }) }
    const noise = noiseOf(params, 0)
    const ahead = placeOn(host)(form, params, state, noise)
    return { params, state, noise, ahead, draws: 1, ...(pairs && { previous: ahead }) }
  }

  // In a scope, which gives back what was made before memory ran out.
  const init = (params: Tree<B>, ...excess: Excess): Held<B> => {
    noExcess('init', excess)
    return host.engine().scope(() => start(params))
  }

  /** The loss and its gradient, of several draws their means, and what the transformation is given with them by name. */
  const atDraws = (train: Held<B>, asked: Draws, batch: Batch): Evidence<B, V> => {
    const { params, state, ahead, noise, draws: done } = train as Required<Held<B>>
    if (asked.samples === 1) return { ...gradient(ahead, ...batch), trees: { noise }, own: [] }
    const draw = (k: number): Draw<B> => {
      if (k === 0) return { noise, at: ahead }
      const z = noiseOf(params, done + k - 1)
      return { noise: z, at: placeOn(host)(form, params, state, z) }
    }
    // In a scope, which gives the draws before it back when one of the losses throws.
    return host.engine().scope(() => meansOn(host)(asked, params, draw, (at) => gradient(at, ...batch)))
  }

  const evidence = (train: Held<B>, batch: Batch): Evidence<B, V> => {
    const place = train.ahead ?? train.params
    const found = draws ? atDraws(train, draws, batch) : { ...gradient(place, ...batch), trees: {}, own: [] }
    if (!pairs && !curvature) return found
    try {
      const curved = curvature ? withDiagonal(found, curvature, stepsIn(train), place, batch) : found
      if (!pairs) return curved
      const at = (where: Tree<B>) => gradient(where, ...batch)
      const gradAtPrevious = gradAtPreviousOn(host)(at, place, train.previous ?? place, found.grads)
      return { ...curved, trees: { ...curved.trees, gradAtPrevious }, own: [curved.own, gradAtPrevious] }
    } catch (error) {
      host.dispose([found.value, found.grads, found.own])
      throw error
    }
  }

  /** The update, and what the next train state keeps of this one. */
  const updated = (
    train: Held<B>,
    { grads, trees }: Evidence<B, V>,
    nextNoise: Tree<B> | undefined,
    batch: Batch,
  ): Held<B> => {
    const { params, state, ahead, noise } = train
    const place = ahead ?? params
    const inPlace = donate && !(pairs && share(place, [params, state]))
    const given = { ...extra?.(...batch), ...trees, ...(nextNoise && { nextNoise }) }
    const made = runForm(
      form,
      mode,
      { grads, spend: true, state, params, donate: inPlace, ahead, keepsAhead: pairs, extra: given },
      host,
    ) as Held<B>
    const counted = curvature && { steps: stepsIn(train) + 1 }
    const drawn = draws && { noise: nextNoise as Tree<B>, draws: (train.draws as number) + draws.samples }
    if (!pairs) {
      if (donate && noise) host.dispose(noise)
      return drawn || counted ? { ...made, ...drawn, ...counted } : made
    }
    const previous = donate ? place : treeMap<B, B>(place, (leaf) => host.engine().copy(leaf))
    const next = { ...made, ...drawn, ...counted, previous }
    if (donate) {
      consume(host, train, next)
      // A run in place has said so itself.
      if (!inPlace) stepped(state, next.state, donate)
    }
    return next
  }

  const step = (train: Held<B>, ...batch: Batch): TrainedOf<Held<B>, V> => {
    checkTrain(train)
    checkHeld(train)
    if (curvature) stepsIn(train)
    // Draws are made of the parameters before a gradient or a run looks at them.
    if (draws) raiseFaults(soundFaults(train.params, 'params', host.check), treeAdvice(host))
    const found = evidence(train, batch)
    let nextNoise: Tree<B> | undefined
    try {
      nextNoise = draws && noiseOf(train.params, (train.draws as number) + draws.samples - 1)
      const run = () => updated(train, found, nextNoise, batch)
      // What is copied after the run may find no memory: the run is given back then.
      const next = pairs && !donate ? host.engine().scope(run) : run()
      steppedTrain(train, next, donate)
      return { train: next, value: found.value }
    } catch (error) {
      host.dispose([found.value, found.grads, nextNoise])
      throw error
    } finally {
      host.dispose(found.own)
    }
  }

  const trainer: TrainerOf<Held<B>, Tree<B>, Batch, V> = { init, step }
  return trainer as unknown as TrainerOf<T, P, Batch, V>
}
