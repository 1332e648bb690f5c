/** The network of examples/arrays/network.ts on jax-js's arrays, with its loss. */
import { nn, numpy as np } from '@jax-js/jax'
import type { JaxArray } from '../../lib/jaxjs.ts'
import { hidden, type Network } from '../arrays/network.ts'
import { classes, pixels } from '../mnist/handwritten.ts'

type Weights = Network<JaxArray> & { readonly [name: string]: JaxArray }

/** Numbers of a network, row by row, as arrays. */
export const networkOf = ({ w1, b1, w2, b2 }: Network<Float32Array>): Weights => ({
  w1: np.array(w1, { shape: [pixels, hidden] }),
  b1: np.array(b1),
  w2: np.array(w2, { shape: [hidden, classes] }),
  b2: np.array(b2),
})

/** What the network answers to images: `[images, classes]`. */
export const answers = ({ w1, b1, w2, b2 }: Network<JaxArray>, images: JaxArray): JaxArray =>
  np.dot(nn.relu(np.dot(images, w1).add(b1)), w2).add(b2)

/** The mean cross entropy. */
export const loss = (params: Network<JaxArray>, images: JaxArray, labels: JaxArray): JaxArray =>
  np
    .sum(nn.logSoftmax(answers(params, images)).mul(labels), 1)
    .mean()
    .mul(-1)

/** Labels as rows of 0 and 1. */
export const oneHot = (labels: ArrayLike<number>): JaxArray => {
  const rows = new Float32Array(labels.length * classes)
  Array.from(labels).forEach((label, i) => {
    rows[i * classes + label] = 1
  })
  return np.array(rows, { shape: [labels.length, classes] })
}

/** Images, a row each. */
export const imagesOf = (images: Float32Array): JaxArray =>
  np.array(images, { shape: [images.length / pixels, pixels] })
