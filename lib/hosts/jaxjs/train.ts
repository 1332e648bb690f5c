/** Training loops on jax-js: the gradient by its `valueAndGrad`, then the update; each step consumes the train state and the batch. */

import { jit, valueAndGrad } from '@jax-js/jax'
import { raiseFaults, soundFaults } from '../../check/check.ts'
import { checkHeld } from '../../check/held.ts'
import { type Kind, type Kinds, oneOf } from '../../check/options.ts'
import type { Tree } from '../../data/tree.ts'
import { consumedTrain } from '../../errors/training.ts'
import type { Extra } from '../../form/form.ts'
import type { GradientTransformation } from '../../form/transformation.ts'
import { initForm, runForm } from '../../run/runForm.ts'
import { type JaxArray, jaxLeaf } from './array.ts'
import { consuming, disposeTree, refTree } from './consume.ts'
import { jaxjsHost } from './host.ts'
import { type JaxTree, toJaxjs } from './toJaxjs.ts'

/** Options of `withGradient` and `withLookaheadGradient` on jax-js. */
export interface JaxjsTrainOptions<Batch extends readonly unknown[]> {
  /**
   * Where counters, rates and their like are computed: by the host in float64, an update a `jit` for each shape of a leaf, or in the graph,
   * a whole step one `jit`. Default: 'host'.
   */
  readonly scalars?: 'host' | 'graph'
  /** Signals and trees for the optimizer, from the batch of the step. It consumes nothing of the batch; the trees are consumed. */
  readonly extra?: (...batch: Batch) => Extra
}

const ofBatch: Kind = { expected: 'a function of the batch', test: (x) => typeof x === 'function' }
export const jaxjsTrainKinds: Kinds<JaxjsTrainOptions<readonly unknown[]>> = {
  scalars: oneOf('host', 'graph'),
  extra: ofBatch,
}

/** A loss of jax-js's kind: it consumes what it is given. */
export type JaxjsLoss<P, Batch extends readonly unknown[]> = (params: P, ...batch: Batch) => JaxArray

/** What a training loop carries; `ahead` where gradients are taken at predicted weights. */
export interface JaxjsTrain<P> {
  readonly params: P
  /** With scalars on the host its counters are numbers. */
  readonly state: unknown
  readonly ahead?: P
}

/** The next train state, and the loss as an array, which the caller disposes. */
export interface JaxjsTrained<T> {
  readonly train: T
  readonly value: JaxArray
}

/** A loss and an optimizer as a training loop. */
export interface JaxjsTrainer<T, P, Batch extends readonly unknown[]> {
  /** The train state before the first step; it consumes the parameters. */
  init(params: P): T
  /** One step; it consumes the train state and the arrays of the batch. */
  step(train: T, ...batch: Batch): JaxjsTrained<T>
}

/** The arrays of a train state, each as often as it stands there. */
const arraysOf = <P>({ params, state, ahead }: JaxjsTrain<P>): unknown[] => [params, state, ahead]

type Gradient<P, Batch extends readonly unknown[]> = (at: P, ...batch: Batch) => readonly [JaxArray, P]

/** Where the gradient is taken. */
const placeOf = <P>({ params, ahead }: JaxjsTrain<P>): P => ahead ?? params

const checkTrain = <P>(train: JaxjsTrain<P>): void => {
  checkHeld(train)
  const { params, ahead } = train
  const places = ahead === undefined ? [] : soundFaults(ahead, ['train', 'ahead'], jaxLeaf)
  raiseFaults([...soundFaults(params, ['train', 'params'], jaxLeaf), ...places], consumedTrain)
}

const onHost = <P, Batch extends readonly unknown[]>(
  gradient: Gradient<P, Batch>,
  { form }: GradientTransformation,
  marked: boolean,
  extraOf: JaxjsTrainOptions<Batch>['extra'],
): JaxjsTrainer<JaxjsTrain<P>, P, Batch> => ({
  init: (params) => {
    const state = initForm(form, params as Tree<JaxArray>, jaxjsHost)
    return { params, state, ...(marked && { ahead: refTree(params) }) }
  },
  step: (train, ...batch) => {
    checkTrain(train)
    const extra = extraOf?.(...batch)
    const [value, grads] = gradient(refTree(placeOf(train)), ...batch)
    try {
      const given = {
        grads: grads as Tree<JaxArray>,
        state: train.state,
        params: train.params as Tree<JaxArray>,
        extra,
        ahead: train.ahead as Tree<JaxArray> | undefined,
      }
      const next = consuming([grads, extra, ...arraysOf(train)], () =>
        runForm(form, marked ? 'lookahead' : 'step', given, jaxjsHost),
      )
      return { train: next as JaxjsTrain<P>, value }
    } catch (error) {
      disposeTree([value, grads, extra])
      throw error
    }
  },
})

const inGraph = <P, Batch extends readonly unknown[]>(
  gradient: Gradient<P, Batch>,
  tx: GradientTransformation,
  marked: boolean,
  extraOf: JaxjsTrainOptions<Batch>['extra'],
): JaxjsTrainer<JaxjsTrain<P>, P, Batch> => {
  const own = toJaxjs(tx)
  const whole = (train: JaxjsTrain<P>, extra: Extra | undefined, batch: Batch): JaxjsTrained<JaxjsTrain<P>> => {
    const { params, state, ahead } = train
    const [value, grads] = gradient(refTree(ahead ?? params), ...batch)
    const next = own.step(grads as JaxTree, state as JaxTree, params as JaxTree, extra, ahead as JaxTree | undefined)
    return { train: next as JaxjsTrain<P>, value }
  }
  const jitted = jit(whole as never) as unknown as typeof whole
  return {
    init: (params) => {
      const state = own.init(refTree(params) as JaxTree)
      return { params, state, ...(marked && { ahead: refTree(params) }) }
    },
    step: (train, ...batch) => {
      checkTrain(train)
      return jitted(train, extraOf?.(...batch) ?? {}, batch)
    },
  }
}

/** The training loop of a loss and a transformation; `marked` where the gradient is taken at the place that the mark says. */
export const trainJaxjs = <P, Batch extends readonly unknown[]>(
  loss: JaxjsLoss<P, Batch>,
  tx: GradientTransformation,
  { scalars = 'host', extra }: JaxjsTrainOptions<Batch>,
  marked: boolean,
): JaxjsTrainer<JaxjsTrain<P>, P, Batch> => {
  const gradient = valueAndGrad(loss as never) as unknown as Gradient<P, Batch>
  if (scalars === 'graph') return inGraph(gradient, tx, marked, extra)
  return onHost(jit(gradient as never) as unknown as Gradient<P, Batch>, tx, marked, extra)
}
