/** Training loops: where the gradient of a step is taken, what the transformation is given with it, and what becomes of the old train state. */
import { type Tree, treeLeaves, treeMap } from '../data/tree.ts'
import type { Form } from '../form/form.ts'
import type { Shaped } from '../hosts/engine.ts'
import type { TrainingHost } from '../hosts/host.ts'
import { checkTrain, stepped, steppedTrain } from '../memory/consumed.ts'
import { initForm, runForm } from '../run/runForm.ts'
import type { TrainOptions } from './driver.ts'
import { pairedGradientsOn } from './pairedGradients.ts'

/** What a training loop carries. */
export interface TrainState<P, S> {
  readonly params: P
  readonly state: S
}

/** A train state with what the transformation needs beside: the place of the next gradient, and that of the last one. */
export interface TrainerState<P, S> extends TrainState<P, S> {
  readonly ahead?: P
  readonly previous?: P
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
 * Donated, the train state is consumed; the place that becomes `previous` is kept, and what it shares memory with is not written in place.
 */
export const trainOn = <B extends Shaped, V, L, T, P, Batch extends readonly unknown[]>(
  host: TrainingHost<B, V, L>,
  loss: (params: P, ...batch: Batch) => L,
  { form }: { readonly form: Form },
  { mark, previous: pairs }: Needs,
  { donate = false, extra }: TrainOptions<Batch>,
): TrainerOf<T, P, Batch, V> => {
  const gradient = host.valueAndGrad(loss as unknown as (params: Tree<B>, ...batch: Batch) => L)
  const pair = pairedGradientsOn(host)(gradient)
  const mode = mark ? 'lookahead' : 'step'
  const init = (params: Tree<B>): Held<B> => ({
    params,
    state: initForm(form, params, host),
    ...(mark && { ahead: params }),
    ...(pairs && { previous: params }),
  })
  /** One step, the gradient at one place. */
  const single = ({ params, state, ahead }: Held<B>, batch: Batch): TrainedOf<Held<B>, V> => {
    const { value, grads } = gradient(ahead ?? params, ...batch)
    try {
      const given = { grads, spend: true, state, params, donate, ahead, extra: extra?.(...batch) }
      return { train: runForm(form, mode, given, host) as Held<B>, value }
    } catch (error) {
      host.dispose([value, grads])
      throw error
    }
  }
  /** One step, the gradient at two places: the first of them is the next train state's `previous`. */
  const paired = (train: Held<B>, batch: Batch): TrainedOf<Held<B>, V> => {
    const { params, state, ahead: place = params, previous = place } = train
    const { value, grads, gradAtPrevious } = pair(place, previous, ...batch)
    try {
      const inPlace = donate && !share(place, [params, state])
      const given = {
        grads,
        spend: true,
        state,
        params,
        donate: inPlace,
        extra: { ...extra?.(...batch), gradAtPrevious },
      }
      const made = runForm(form, mode, given, host) as Held<B>
      const next = { ...made, previous: donate ? place : treeMap(place, (leaf) => host.engine().copy(leaf)) }
      if (donate) {
        consume(host, train, next)
        stepped(state, next.state, donate)
      }
      return { train: next, value }
    } catch (error) {
      host.dispose([value, grads])
      throw error
    } finally {
      host.dispose(gradAtPrevious)
    }
  }
  const stepFrom = pairs ? paired : single
  const step = (train: Held<B>, ...batch: Batch): TrainedOf<Held<B>, V> => {
    checkTrain(train)
    const trained = stepFrom(train, batch)
    steppedTrain(train, trained.train, donate)
    return trained
  }
  const trainer: TrainerOf<Held<B>, Tree<B>, Batch, V> = { init, step }
  return trainer as unknown as TrainerOf<T, P, Batch, V>
}
