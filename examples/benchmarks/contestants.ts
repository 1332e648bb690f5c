/** Who takes part in the optimizer benchmark: this library's engines, its peers in JavaScript, and the floor, which is copying. */
import { blockUntilReady, defaultDevice, init, jit, numpy as np } from '@jax-js/jax'
import * as tf from '@tensorflow/tfjs-core'
import { isMarked } from '../../lib/form/stages.ts'
import type { Engine } from '../../lib/hosts/engine.ts'
import { tfjsHost } from '../../lib/hosts/tfjs/host.ts'
import { tensorsEngine } from '../../lib/hosts/tfjs/tensors.ts'
import { dispose, type GradientTransformation, type Params, treeLeaves } from '../../lib/index.ts'
import { runForm } from '../../lib/run/runForm.ts'
import type { Contestant } from './timing.ts'

/** So many leaves of so many numbers. */
export interface Shape {
  readonly leaves: number
  readonly size: number
  /** Each leaf is a matrix of so many rows; without them a vector. */
  readonly rows?: number
}

export const shapeText = ({ leaves, size }: Shape): string => `${leaves} × ${size.toLocaleString('en')}`

const dimsOf = ({ size, rows }: Shape): number[] => (rows === undefined ? [size] : [rows, size / rows])

export const each = <A>({ leaves }: Shape, f: () => A): A[] => Array.from({ length: leaves }, f)
export const random = (size: number): Float32Array => {
  const numbers = new Float32Array(size)
  for (let i = 0; i < size; i++) numbers[i] = Math.random() - 0.5
  return numbers
}

const ownEngine = tfjsHost.engine
const opsEngine = () => tensorsEngine as Engine<tf.Tensor, unknown>

/**
 * A step of a rule on an engine, donated, by gradients that stay the same tensors: what the peers do, too. With a mark in the rule they are
 * spent, as `withLookaheadGradient` has it, but never given back: whatever is in them then stands for new gradients.
 */
export const stepping = (
  name: string,
  tx: GradientTransformation,
  shape: Shape,
  engine: () => Engine<tf.Tensor, unknown>,
): Contestant => {
  const tensors = (): tf.Tensor[] => each(shape, () => tf.tensor(random(shape.size), dimsOf(shape)))
  const [params, first, grads] = [tensors(), tensors(), tensors().map((gradient) => tf.keep(gradient))]
  const own = keeping(engine())
  const domain = { ...tfjsHost, engine: () => own }
  const marked = isMarked(tx.form)
  const mode = marked ? 'lookahead' : 'step'
  let train: { params?: Params; state: unknown; ahead?: Params } = { params, state: tx.init(params) }
  const take = (gradients: readonly tf.Tensor[]): void => {
    train = runForm(tx.form, mode, { ...train, grads: gradients, spend: marked, donate: true }, domain)
  }
  // The first forecast takes the gradient's own tensors.
  take(first)
  if (!marked) dispose(first)
  return { name, step: () => take(grads), leave: () => dispose([train, grads]) }
}

/** An engine that does not give back what tfjs is told to keep. */
const keeping = (engine: Engine<tf.Tensor, unknown>): Engine<tf.Tensor, unknown> =>
  Object.create(engine, {
    dispose: {
      value: (buffer: tf.Tensor) => {
        if (!buffer.kept) engine.dispose(buffer)
      },
    },
  })

/** This library on the backend's own engine, by gradients that stay the same. */
export const fused = (tx: GradientTransformation, shape: Shape, name = 'foregrad'): Contestant =>
  stepping(name, tx, shape, ownEngine)

/** So many steps of a contestant as one. */
export const several = (steps: number, { step, ...rest }: Contestant): Contestant => ({
  ...rest,
  step: () => {
    for (let i = 0; i < steps; i++) step()
  },
})

/** This library by tfjs ops, on the same backend. */
export const byOps = (tx: GradientTransformation, shape: Shape): Contestant =>
  stepping('tensors engine', tx, shape, opsEngine)

/**
 * What a step of `withGradient` or, with a mark in the rule, of `withLookaheadGradient` costs behind its gradient, donated. The gradient is
 * new in every step, taken at the parameters or at the predicted ones, and spent: that of ½·Σ(w − target)², for two targets in turn, so
 * that nothing comes to rest.
 */
export const training = (name: string, tx: GradientTransformation, shape: Shape): Contestant => {
  const mode = isMarked(tx.form) ? 'lookahead' : 'step'
  const params = each(shape, () => tf.tensor1d(random(shape.size)))
  let train: { params?: Params; ahead?: Params; state: unknown } = {
    params,
    ...(mode === 'lookahead' && { ahead: params }),
    state: tx.init(params),
  }
  let targets = [0, 1].map(() => each(shape, (): tf.Tensor => tf.tensor1d(random(shape.size))))
  let grads: tf.Tensor[] = []
  return {
    name,
    prepare: () => {
      const [target, other] = targets as [tf.Tensor[], tf.Tensor[]]
      grads = treeLeaves<tf.Tensor>(train.ahead ?? train.params ?? []).map((w, i) => tf.sub(w, target[i]!))
      targets = [other, target]
    },
    step: () => {
      train = runForm(tx.form, mode, { ...train, grads, spend: true, donate: true }, tfjsHost)
    },
    leave: () => dispose([train, targets]),
  }
}

/** tfjs's own optimizer, which has Adam but no AdamW. */
export const trainAdam = (shape: Shape): Contestant => {
  const adam = tf.train.adam(1e-3)
  const variables = each(shape, () => tf.variable(tf.tensor1d(random(shape.size))))
  const grads = variables.map(({ name }) => ({ name, tensor: tf.tensor1d(random(shape.size)) }))
  return {
    name: 'tf.train.adam',
    step: () => adam.applyGradients(grads),
    leave: () => {
      adam.dispose()
      dispose([variables, grads.map(({ tensor }) => tensor)])
    },
  }
}

const [b1, b2, eps, rate, decay] = [0.9, 0.999, 1e-8, 1e-3, 1e-4]

/**
 * optax's adamw in jax-js on one of its devices, `jit`ted for a leaf and called for each: one `jit` over a tree of 200 leaves takes a hundred
 * times as long, and over 1,000 leaves it runs out of memory.
 */
export const jaxJs = async (shape: Shape, device: 'wasm' | 'webgpu' = 'wasm'): Promise<Contestant> => {
  if (!(await init(device)).includes(device)) throw new Error(`jax-js has no ${device} here`)
  defaultDevice(device)
  type A = np.Array
  const leaf = (g: A, m: A, v: A, p: A, c1: A, c2: A): [A, A, A] => {
    const mu = m.mul(b1).add(g.ref.mul(1 - b1))
    const nu = v.mul(b2).add(g.ref.mul(g).mul(1 - b2))
    const u = mu.ref.mul(c1).div(np.sqrt(nu.ref.mul(c2)).add(eps))
    return [p.ref.sub(u.add(p.mul(decay)).mul(rate)), mu, nu]
  }
  const update = jit(leaf)
  const array = (of: () => Float32Array): A => np.array(of())
  const grads = each(shape, () => array(() => random(shape.size)))
  let params = each(shape, () => array(() => random(shape.size)))
  let [mu, nu] = [0, 1].map(() => each(shape, () => np.zeros([shape.size]))) as [A[], A[]]
  let count = 0
  return {
    name: 'jax-js jit',
    step: async () => {
      count++
      const [c1, c2] = [b1, b2].map((b) => np.array(1 / (1 - b ** count))) as [A, A]
      const made = grads.map((g, i) => update(g.ref, mu[i]!, nu[i]!, params[i]!, c1.ref, c2.ref))
      c1.dispose()
      c2.dispose()
      params = made.map((out) => out[0]!)
      mu = made.map((out) => out[1]!)
      nu = made.map((out) => out[2]!)
      await blockUntilReady(made)
    },
    leave: () => {
      for (const x of [...grads, ...params, ...mu, ...nu]) x.dispose()
    },
  }
}

/** AdamW as anyone would write it: a loop over typed arrays. */
export const plainLoop = (shape: Shape): Contestant => {
  const leaves = each(shape, () => ({
    p: random(shape.size),
    g: random(shape.size),
    m: new Float32Array(shape.size),
    v: new Float32Array(shape.size),
  }))
  let count = 0
  return {
    name: 'plain JS loop',
    step: () => {
      count++
      const [c1, c2] = [1 / (1 - b1 ** count), 1 / (1 - b2 ** count)]
      for (const { p, g, m, v } of leaves) {
        for (let i = 0; i < p.length; i++) {
          const gradient = g[i]!
          const mu = b1 * m[i]! + (1 - b1) * gradient
          const nu = b2 * v[i]! + (1 - b2) * gradient * gradient
          m[i] = mu
          v[i] = nu
          p[i] = p[i]! - rate * ((mu * c1) / (Math.sqrt(nu * c2) + eps) + decay * p[i]!)
        }
      }
    },
  }
}

/** Copies as many bytes as AdamW reads and writes: 4 reads and 3 writes a number, which is three and a half copies. */
export const copy = (shape: Shape): Contestant => {
  const half = shape.size >> 1
  const leaves = each(shape, () => Array.from({ length: 8 }, () => random(shape.size)))
  return {
    name: 'copying the same bytes',
    step: () => {
      for (const [a, b, c, d, e, f, g, h] of leaves) {
        a!.set(b!)
        c!.set(d!)
        e!.set(f!)
        g!.set(h!.subarray(0, half))
      }
    },
  }
}
