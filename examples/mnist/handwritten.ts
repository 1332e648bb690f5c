/** The real handwritten digits of the `mnist` package, on the host. */
import { createRequire } from 'node:module'
import { foldIn, permutation, seedKey } from '../models/random.ts'

/** Pixels of a digit: 28 × 28, each from 0 (paper) to 1 (ink). */
export const pixels = 784
export const classes = 10

/** Digits on the host: the pixels of one after the other, and which number each shows. */
export interface Digits {
  readonly count: number
  readonly images: Float32Array
  readonly labels: Int32Array
}

/**
 * The 10,000 real handwritten digits of the `mnist` package: 8,000 for training and 2,000 for the test.
 *
 * Every fifth of each class, in an order that one fixed seed gives, is for the test: the split never changes, and both
 * parts hold the classes in the same proportion.
 */
export const loadDigits = (): { readonly training: Digits; readonly test: Digits } => {
  const read = createRequire(import.meta.url)
  const training: Part[] = []
  const test: Part[] = []
  for (let label = 0; label < classes; label++) {
    const images = Float32Array.from((read(`mnist/src/digits/${label}.json`) as { data: number[] }).data)
    const order = permutation(foldIn(splitKey, label), images.length / pixels)
    const held = Math.round(order.length / 5)
    test.push({ images, label, chosen: order.subarray(0, held) })
    training.push({ images, label, chosen: order.subarray(held) })
  }
  return { training: join(training), test: join(test) }
}

const splitKey = seedKey(2302)

interface Part {
  readonly images: Float32Array
  readonly label: number
  readonly chosen: Uint32Array
}

const join = (parts: readonly Part[]): Digits => {
  const count = parts.reduce((sum, { chosen }) => sum + chosen.length, 0)
  const images = new Float32Array(count * pixels)
  const labels = new Int32Array(count)
  let row = 0
  for (const part of parts) {
    labels.fill(part.label, row, row + part.chosen.length)
    for (const i of part.chosen) images.set(image(part.images, i), row++ * pixels)
  }
  return { count, images, labels }
}

/**
 * The rows of each batch of one epoch: every digit at most once, in an order that seed and epoch give.
 *
 * The last batch is left out where it would be short, so that all steps cost the same.
 */
export const batchRows = (count: number, size: number, seed: number, epoch: number): readonly Uint32Array[] => {
  const order = permutation(foldIn(foldIn(seedKey(seed), batchStream), epoch), count)
  return Array.from({ length: Math.floor(count / size) }, (_, i) => order.subarray(i * size, (i + 1) * size))
}

/** Sets the order of batches apart from the initial weights, which grow from the same seed. */
const batchStream = 0xba7c4

/** The digits of `rows`: pixels of one after the other, and which number each shows. */
export const takeRows = (
  { images, labels }: Digits,
  rows: Iterable<number> & { readonly length: number },
): Omit<Digits, 'count'> => {
  const taken = { images: new Float32Array(rows.length * pixels), labels: new Int32Array(rows.length) }
  let at = 0
  for (const row of rows) {
    taken.images.set(image(images, row), at * pixels)
    taken.labels[at++] = labels[row]!
  }
  return taken
}

const image = (images: Float32Array, row: number): Float32Array => images.subarray(row * pixels, (row + 1) * pixels)
