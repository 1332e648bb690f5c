/** One bad input: a call, and what is told of it. */
import * as tf from '@tensorflow/tfjs-core'
import type * as f from '../../lib/index.ts'

/** What must be told: the code, the places, and where the words matter, some of them. */
export interface Told {
  readonly code: f.ErrorCode
  readonly paths: readonly string[]
  readonly says?: string
}

/** A call that must be refused, beside what it is given, which must stay as it is. */
export interface Try {
  /** Tensors stand in it at any depth. */
  readonly given?: unknown
  readonly call: () => unknown
}

/** One row of a table. Where `donates`, it is tried with `donate` on and off. */
export interface Row extends Told {
  readonly name: string
  readonly donates: boolean
  readonly make: (donate: boolean) => Try
}

/** A row whose call is given no tensor. */
export const plain = (name: string, call: () => unknown, told: Told): Row => ({
  ...told,
  name,
  donates: false,
  make: () => ({ call }),
})

/** A row whose call takes `donate`. */
export const donated = (name: string, make: Row['make'], told: Told): Row => ({ ...told, name, donates: true, make })

/** A row whose call is given tensors, and takes no `donate`. */
export const held = (name: string, make: () => Try, told: Told): Row => ({ ...told, name, donates: false, make })

/** What a value is, for the name of a row. */
export const typeOf = (x: unknown): string => {
  if (typeof x === 'bigint') return `${x}n`
  if (typeof x === 'object' || typeof x === 'function') return Object.prototype.toString.call(x).slice(8, -1)
  return typeof x === 'string' ? `'${x}'` : String(x)
}

/** Rows of one call against every value. */
export const against = <T>(values: readonly T[], row: (x: T, name: string) => Row): Row[] =>
  values.map((x, i) => row(x, `${typeOf(x)} (${i})`))

/** Parameters, or gradients for them. */
export interface Weights {
  readonly w: tf.Tensor1D
  readonly b: tf.Scalar
}

/** Some, made anew. */
export const weights = (): Weights => ({ w: tf.tensor1d([1, 2]), b: tf.scalar(3) })

/** A loss that nothing is wrong with. */
export const goodLoss = ({ w, b }: Weights): tf.Scalar => tf.add(tf.sum(tf.square(w)), tf.square(b)) as tf.Scalar
