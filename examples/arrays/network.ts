/** A network of one hidden layer on plain arrays: its loss and its gradient, written by hand. */
import type { ArrayLeaf } from '../../lib/arrays.ts'
import { foldIn, type Key } from '../../lib/random/key.ts'
import { classes, type Digits, pixels } from '../mnist/handwritten.ts'
import { uniforms } from '../models/random.ts'

export const hidden = 32

/** The weights as arrays, or as the numbers that they begin with: `[pixels, hidden]` and `[hidden, classes]`, row by row. */
export interface Network<A> {
  readonly w1: A
  readonly b1: A
  readonly w2: A
  readonly b2: A
}

/** Glorot's weights, which a seed gives. */
export const initial = (key: Key): Network<Float32Array> => {
  const weights = (stream: number, rows: number, columns: number): Float32Array => {
    const bound = Math.sqrt(6 / (rows + columns))
    return Float32Array.from(uniforms(foldIn(key, stream), rows * columns), (x) => bound * (2 * x - 1))
  }
  return {
    w1: weights(1, pixels, hidden),
    b1: new Float32Array(hidden),
    w2: weights(2, hidden, classes),
    b2: new Float32Array(classes),
  }
}

/** Images, a row each, and what they show. */
export type Rows = Omit<Digits, 'count'>
type Weights = Network<Float32Array>

/** into[j] += x · matrix[row, j] */
const addRow = (into: Float32Array, x: number, matrix: Float32Array, row: number): void => {
  const at = row * into.length
  for (let j = 0; j < into.length; j++) into[j]! += x * matrix[at + j]!
}

/** What the hidden layer and the classes answer to one image: h = max(0, x·w1 + b1), softmax(h·w2 + b2). */
const forward = ({ w1, b1, w2, b2 }: Weights, image: Float32Array) => {
  const h = Float32Array.from(b1)
  image.forEach((x, i) => {
    if (x !== 0) addRow(h, x, w1, i)
  })
  for (let j = 0; j < h.length; j++) h[j] = Math.max(0, h[j]!)
  const shares = Float32Array.from(b2)
  h.forEach((x, j) => {
    if (x !== 0) addRow(shares, x, w2, j)
  })
  const largest = Math.max(...shares)
  for (let k = 0; k < classes; k++) shares[k] = Math.exp(shares[k]! - largest)
  const sum = shares.reduce((a, b) => a + b, 0)
  for (let k = 0; k < classes; k++) shares[k]! /= sum
  return { h, shares }
}

/** The numbers of a network's arrays. */
export const weightsOf = ({ w1, b1, w2, b2 }: Network<ArrayLeaf>): Weights => ({
  w1: w1.data,
  b1: b1.data,
  w2: w2.data,
  b2: b2.data,
})

const imageOf = (images: Float32Array, row: number): Float32Array => images.subarray(row * pixels, (row + 1) * pixels)

/** The mean cross entropy of a batch, and its gradient. */
export const valueAndGrad = (params: Network<ArrayLeaf>, { images, labels }: Rows) => {
  const weights = weightsOf(params)
  const { w1, b1, w2, b2 } = weights
  const grads = { w1: w1.map(() => 0), b1: b1.map(() => 0), w2: w2.map(() => 0), b2: b2.map(() => 0) }
  let value = 0
  labels.forEach((label, row) => {
    const image = imageOf(images, row)
    const { h, shares: errors } = forward(weights, image)
    value -= Math.log(errors[label]!) / labels.length
    errors[label]! -= 1
    for (let k = 0; k < classes; k++) grads.b2[k]! += errors[k]! /= labels.length
    const back = new Float32Array(hidden)
    for (let j = 0; j < hidden; j++) {
      if (h[j] === 0) continue
      for (let k = 0; k < classes; k++) {
        grads.w2[j * classes + k]! += h[j]! * errors[k]!
        back[j]! += w2[j * classes + k]! * errors[k]!
      }
      grads.b1[j]! += back[j]!
    }
    for (let i = 0; i < pixels; i++) {
      const x = image[i]!
      if (x !== 0) for (let j = 0; j < hidden; j++) grads.w1[i * hidden + j]! += x * back[j]!
    }
  })
  return { value, grads }
}

/** The share of the digits that the network takes for another. */
export const errorRate = (params: Network<ArrayLeaf>, { images, labels, count }: Digits): number => {
  const weights = weightsOf(params)
  let wrong = 0
  labels.forEach((label, row) => {
    const { shares } = forward(weights, imageOf(images, row))
    if (shares.indexOf(Math.max(...shares)) !== label) wrong++
  })
  return wrong / count
}
