/** The network of a Q learner in plain numbers, with its gradient by hand: what is four numbers wide needs no tensor library. */
import type { CartState } from './cartPole.ts'

export const width = 64
const inputs = 4
const actions = 2

/** Weights by rows of inputs: [4, 64] and [64, 2]. */
export type QParams = {
  readonly hidden: { readonly w: Float32Array; readonly b: Float32Array }
  readonly values: { readonly w: Float32Array; readonly b: Float32Array }
}

/** The hidden layer of a state, written into `h`, and the values of both actions. */
export const valuesOf = ({ hidden, values }: QParams, state: CartState, h: Float64Array): [number, number] => {
  let [left, right] = [values.b[0]!, values.b[1]!]
  for (let j = 0; j < width; j++) {
    let sum = hidden.b[j]!
    for (let i = 0; i < inputs; i++) sum += state[i]! * hidden.w[i * width + j]!
    const active = sum > 0 ? sum : 0
    h[j] = active
    left += active * values.w[actions * j]!
    right += active * values.w[actions * j + 1]!
  }
  return [left, right]
}

/** A remembered push. */
export interface Push {
  readonly state: CartState
  readonly action: number
  readonly next: CartState
  /** The episode ended by a fall: nothing is to be gained behind it. */
  readonly fell: boolean
}

/** The gradient of the mean Huber loss of a batch against r + γ·max Q of the target network; r = 1 a push. */
export const gradientOf = (params: QParams, target: QParams, batch: readonly Push[], discount: number) => {
  const grads: QParams = {
    hidden: { w: new Float32Array(inputs * width), b: new Float32Array(width) },
    values: { w: new Float32Array(width * actions), b: new Float32Array(actions) },
  }
  const [h, other] = [new Float64Array(width), new Float64Array(width)]
  let loss = 0
  for (const { state, action, next, fell } of batch) {
    const wanted = 1 + (fell ? 0 : discount * Math.max(...valuesOf(target, next, other)))
    const error = valuesOf(params, state, h)[action]! - wanted
    loss += Math.abs(error) <= 1 ? 0.5 * error * error : Math.abs(error) - 0.5
    const slope = Math.max(-1, Math.min(1, error)) / batch.length
    grads.values.b[action]! += slope
    for (let j = 0; j < width; j++) {
      if (h[j] === 0) continue
      grads.values.w[actions * j + action]! += slope * h[j]!
      const back = slope * params.values.w[actions * j + action]!
      grads.hidden.b[j]! += back
      for (let i = 0; i < inputs; i++) grads.hidden.w[i * width + j]! += back * state[i]!
    }
  }
  return { loss: loss / batch.length, grads }
}
