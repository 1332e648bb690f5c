import * as tf from '@tensorflow/tfjs-core'
import '../../lib/gradients.ts'
import {
  adamw,
  chain,
  clipByGlobalNorm,
  dispose,
  type GradientTransformation,
  step,
  type Trainer,
  withGradient,
  withLookaheadGradient,
} from '../../lib/index.ts'

/** A training that goes on for as long as it is asked to. */
export interface Endless {
  readonly step: () => void
  /** Gives back all that it holds. */
  readonly end: () => void
}

/** A kind of training, begun anew by `start`. */
export interface Training {
  readonly name: string
  readonly start: () => Endless
}

type Net = { readonly w: tf.Tensor; readonly b: tf.Tensor; readonly scale: tf.Tensor }

/** A small tree: a matrix, a vector and a number. */
const net = (): Net => ({ w: tf.ones([3, 2]), b: tf.zeros([2]), scale: tf.scalar(1) })

const loss = ({ w, b, scale }: Net, x: tf.Tensor2D): tf.Scalar =>
  tf.mean(tf.square(tf.mul(scale, tf.add(tf.matMul(x, w as tf.Tensor2D), b))))

const plain = (): GradientTransformation => chain(clipByGlobalNorm(1), adamw(1e-3))
const marked = (): GradientTransformation => adamw(1e-3, { predictSteps: 2 })

const byStep = (donate: boolean): Endless => {
  const tx = plain()
  const grads = { w: tf.fill([3, 2], 0.1), b: tf.fill([2], -0.1), scale: tf.scalar(0.5) }
  let params: object = net()
  let state = tx.init(params as Net)
  return {
    step: () => {
      const next = step(tx, grads, state, params as Net, { donate })
      if (!donate) dispose([params, state])
      params = next.params
      state = next.state
    },
    end: () => dispose([params, state, grads]),
  }
}

/** Steps of a driver; what is not donated is given back by hand. */
const byTrainer = <T>(trainer: Trainer<T, Net, [tf.Tensor2D]>, donate: boolean): Endless => {
  const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3])
  let train = trainer.init(net())
  return {
    step: () => {
      const { train: next, value } = trainer.step(train, x)
      dispose(donate ? value : [value, train])
      train = next
    },
    end: () => dispose([train, x]),
  }
}

/** Two in turns, one optimizer value for both. */
const inTurns = (donate: boolean): Endless => {
  const trainer = withLookaheadGradient(loss, marked(), { donate })
  const both = [byTrainer(trainer, donate), byTrainer(trainer, donate)]
  let turn = 0
  return {
    step: () => both[turn++ % 2]?.step(),
    end: () => both.forEach(({ end }) => void end()),
  }
}

const kinds: Readonly<Record<string, (donate: boolean) => Endless>> = {
  step: byStep,
  withGradient: (donate) => byTrainer(withGradient(loss, plain(), { donate }), donate),
  withLookaheadGradient: (donate) => byTrainer(withLookaheadGradient(loss, marked(), { donate }), donate),
  'two trainings in turns': inTurns,
}

/** Every kind of training, kept and donated. */
export const trainings: readonly Training[] = Object.entries(kinds).flatMap(([name, start]) =>
  [false, true].map((donate) => ({ name: donate ? `${name}, donated` : name, start: () => start(donate) })),
)
