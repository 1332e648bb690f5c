/** The tensors engine: a pass as tfjs ops, on whatever backend is active. The fallback, and the peer to beat. */

import * as tf from '@tensorflow/tfjs-core'
import { strayNode } from '../../errors/faultsOfOurs.ts'
import type { BinaryOp, Expr, UnaryOp } from '../../expr/expr.ts'
import { type Algebra, fold } from '../../expr/fold.ts'
import type { Engine, PassCall, PassResult, Scalars } from '../engine.ts'

type T = tf.Tensor

const float = (x: T): T => tf.cast(x, 'float32')

/**
 * The same numbers in one shape. tfjs's wasm backend spreads in `min`, `max` and `where` at 300 ns an element; its product, which is exact by 1, takes
 * a five-hundredth of that.
 */
const alike = (...xs: T[]): T[] => {
  const whole = xs.reduce((x, y) => tf.add(x, y))
  return xs.map((x) => (x.size < whole.size ? tf.mul(x, tf.onesLike(whole)) : x))
}

/** tfjs's `max` and `min` do not agree between backends where a NaN is met; adding the operands where one is NaN does. */
const keepNaN =
  (f: (x: T, y: T) => T) =>
  (one: T, other: T): T => {
    const [x, y] = alike(one, other) as [T, T]
    return tf.where(tf.logicalOr(tf.isNaN(x), tf.isNaN(y)), tf.add(x, y), f(x, y))
  }

/** On wasm tfjs's `sign` is 0 below 1.2e-7. */
const sign = (x: T): T =>
  tf.where(tf.logicalOr(tf.isNaN(x), tf.equal(x, 0)), x, tf.sub(float(tf.greater(x, 0)), float(tf.less(x, 0))))

/** On wasm tfjs's `log1p` is log(1 + x), which forgets the digits of a small x: what the sum lost, u − 1 has lost, too. */
const log1p = (x: T): T => {
  if (tf.getBackend() !== 'wasm') return tf.log1p(x)
  const u = tf.add(x, 1)
  const moved = tf.sub(u, 1)
  const isExact = tf.logicalOr(tf.equal(moved, x), tf.logicalNot(tf.isFinite(u)))
  return tf.where(tf.equal(moved, 0), x, tf.where(isExact, tf.log(u), tf.mul(tf.log(u), tf.div(x, moved))))
}

/** As JavaScript has it: NaN for a power of ±1 by what is not finite, where tfjs's backends differ. */
const pow = (x: T, y: T): T =>
  tf.where(tf.logicalAnd(tf.equal(tf.abs(x), 1), tf.logicalNot(tf.isFinite(y))), tf.mul(x, Number.NaN), tf.pow(x, y))

const unary: { readonly [op in UnaryOp]: (x: T) => T } = {
  neg: tf.neg,
  abs: tf.abs,
  sign,
  sqrt: tf.sqrt,
  exp: tf.exp,
  expm1: tf.expm1,
  log: tf.log,
  log1p,
  cos: tf.cos,
  tanh: tf.tanh,
  floor: tf.floor,
  isNaN: (x) => float(tf.isNaN(x)),
  isFinite: (x) => float(tf.isFinite(x)),
}

const binary: { readonly [op in BinaryOp]: (x: T, y: T) => T } = {
  add: tf.add,
  sub: tf.sub,
  mul: tf.mul,
  div: tf.div,
  pow,
  min: keepNaN(tf.minimum),
  max: keepNaN(tf.maximum),
  less: (x, y) => float(tf.less(x, y)),
  lessEqual: (x, y) => float(tf.lessEqual(x, y)),
  equal: (x, y) => float(tf.equal(x, y)),
}

const select = (...[test, yes, no]: [T, T, T]): T => {
  const [one, two, three] = alike(test, yes, no) as [T, T, T]
  return tf.where(tf.notEqual(one, 0), two, three)
}

const scalars: Scalars<T> = { number: (x) => tf.scalar(x, 'float32'), unary, binary, select }

const algebra = (values: ReadonlyMap<Expr, T>): Algebra<T> => {
  const missing = (): never => {
    throw strayNode()
  }
  return {
    ...scalars,
    constant: missing,
    host: missing,
    fact: missing,
    reduce: missing,
    input: (node) => values.get(node) ?? missing(),
  }
}

const asTensor = (x: number | T): T => (typeof x === 'number' ? scalars.number(x) : x)

/** A result of the leaf's shape that shares no handle with what it was made of, nor with another result. */
const settle = (value: T, shape: readonly number[], taken: ReadonlySet<T>): T => {
  if (value.shape.length !== shape.length || value.size !== tf.util.sizeFromShape([...shape])) {
    return tf.add(tf.zeros([...shape]), value)
  }
  return taken.has(value) ? tf.clone(value) : value
}

/** The largest element, NaN if any is NaN: `tf.max` differs between backends there, and WebGPU cannot transpose answers for `tf.any`. */
const maxOf = (x: T, axes?: number[]): T =>
  select(
    tf.max(tf.where(tf.isNaN(x), tf.onesLike(x), tf.zerosLike(x)), axes, !!axes),
    scalars.number(Number.NaN),
    tf.max(x, axes, !!axes),
  )

const reduction = { sum: (x: T, axes?: number[]): T => tf.sum(x, axes, !!axes), max: maxOf }

interface LeafResult {
  readonly [key: string]: T
}

/** A leaf without elements: nothing is computed, for which tfjs's WebGPU backend has no kernels. */
const runEmpty = (call: PassCall<T, T>, shape: readonly number[], leaf: number): LeafResult => {
  const result: Record<string, T> = {}
  call.pass.outputs.forEach((_, j) => {
    result[`o${j}`] = tf.zeros([...shape])
  })
  call.pass.reductions.forEach(({ op, along }, j) => {
    result[`r${j}`] = tf.fill([...(along?.shapes[leaf] ?? [])], op === 'sum' ? 0 : Number.NEGATIVE_INFINITY, 'float32')
  })
  return result
}

/** One leaf of a pass, its temporaries given back: `o0`, `o1`, … the outputs, `r0`, … the reductions. */
const runLeaf = (call: PassCall<T, T>, leaf: number): LeafResult =>
  tf.tidy(() => {
    const shape = call.shapes[leaf] as readonly number[]
    if (shape.includes(0)) return runEmpty(call, shape, leaf)
    const values = new Map<Expr, T>()
    call.pass.reads.forEach((node, k) => {
      values.set(node, call.reads[k]?.[leaf] as T)
    })
    call.pass.uniforms.forEach(({ input, perLeaf }, k) => {
      const value = call.uniforms[k]
      values.set(input, asTensor((perLeaf ? (value as readonly (number | T)[])[leaf] : value) as number | T))
    })
    const taken = new Set(values.values())
    const meaning = fold(algebra(values))
    const result: Record<string, T> = {}
    call.pass.outputs.forEach(({ expr }, j) => {
      const output = settle(meaning(expr), shape, taken)
      taken.add(output)
      result[`o${j}`] = output
    })
    call.pass.reductions.forEach(({ op, along, expr }, j) => {
      result[`r${j}`] = reduction[op](settle(meaning(expr), shape, taken), along && [...along.axes])
    })
    return result
  })

const combine = { sum: binary.add, max: binary.max }

const run = (call: PassCall<T, T>): PassResult<T, T> => {
  const leaves = call.shapes.map((_, leaf) => runLeaf(call, leaf))
  const column = (key: string): T[] => leaves.map((leaf) => leaf[key] as T)
  return {
    outputs: call.pass.outputs.map((_, j) => column(`o${j}`)),
    reductions: call.pass.reductions.map(({ op, over }, j) => {
      const parts = column(`r${j}`)
      return over === 'tree' ? parts.reduce(combine[op]) : parts
    }),
  }
}

export const tensorsEngine: Engine<tf.Tensor, tf.Tensor> = {
  name: 'tensors',
  fast: true,
  whyNotFused: () => 'the backend has no kernels',
  scalars,
  run,
  read: (buffer) => buffer,
  write: (value) => tf.clone(value),
  fill: (shape, value) => tf.fill([...shape], value, 'float32'),
  copy: (buffer) => tf.clone(buffer),
  identity: ({ dataId }) => dataId,
  dispose: (buffer) => buffer.dispose(),
  scope: (f) => tf.tidy(f as () => tf.TensorContainer) as ReturnType<typeof f>,
}
