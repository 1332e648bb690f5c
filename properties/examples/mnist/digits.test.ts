import { createHash } from 'node:crypto'
import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, test } from 'vitest'
import { batchRows, type Digits, loadDigits, pixels, takeBatch } from '../../../examples/mnist/digits.ts'

const digits = loadDigits()

describe('digits', () => {
  test('8,000 are for training and 2,000 for the test', () => {
    expect([digits.training.count, digits.test.count]).toEqual([8000, 2000])
    expect(digits.training.images.length).toBe(8000 * pixels)
    expect(digits.training.labels.length).toBe(8000)
  })

  test('no digit is in both parts, and none twice', () => {
    expect(new Set([...texts(digits.training), ...texts(digits.test)]).size).toBe(10_000)
  })

  test('the split is the recorded one, every time', () => {
    const recorded = ['ef14c1d9b38c82e6', '567d3c58de23d712']
    for (const { test, training } of [digits, loadDigits()]) expect([test, training].map(digest)).toEqual(recorded)
  })

  test('both parts hold the classes in the same proportion', () => {
    const [training, held] = [counts(digits.training), counts(digits.test)]
    training.forEach((count, label) => {
      expect(Math.abs(held[label]! - (count + held[label]!) / 5)).toBeLessThanOrEqual(0.5)
    })
  })

  test('pixels lie between 0 and 1 and every digit has ink', () => {
    expect(digits.training.images.every((ink) => ink >= 0 && ink <= 1)).toBe(true)
    for (let i = 0; i < digits.test.count; i++) {
      expect(Math.max(...digits.test.images.subarray(i * pixels, (i + 1) * pixels))).toBeGreaterThan(0.5)
    }
  })
})

describe('batchRows', () => {
  test('an epoch holds each digit at most once, in full batches', () => {
    const rows = batchRows(103, 10, 0, 0)
    expect(rows.map((batch) => batch.length)).toEqual(Array(10).fill(10))
    expect(new Set(rows.flatMap((batch) => [...batch])).size).toBe(100)
  })

  test('seed and epoch give the order, and nothing else does', () => {
    expect(batchRows(103, 10, 4, 2)).toEqual(batchRows(103, 10, 4, 2))
    expect(batchRows(103, 10, 4, 2)).not.toEqual(batchRows(103, 10, 4, 3))
    expect(batchRows(103, 10, 4, 2)).not.toEqual(batchRows(103, 10, 5, 2))
  })
})

describe('takeBatch', () => {
  test('gives the chosen digits with their labels', async () => {
    await tf.setBackend('cpu')
    const rows = [7999, 0, 4000]
    const { images, labels } = takeBatch(digits.training, rows)
    expect([images.shape, labels.shape, labels.dtype]).toEqual([[3, pixels], [3], 'int32'])
    expect([...labels.dataSync()]).toEqual(rows.map((row) => digits.training.labels[row]))
    expect(images.dataSync().subarray(pixels, 2 * pixels)).toEqual(digits.training.images.subarray(0, pixels))
    tf.dispose([images, labels])
  })
})

const texts = ({ images, count }: Digits): readonly string[] =>
  Array.from({ length: count }, (_, i) => images.subarray(i * pixels, (i + 1) * pixels).join())

const counts = ({ labels }: Digits): readonly number[] =>
  Array.from({ length: 10 }, (_, label) => labels.filter((value) => value === label).length)

/** The first bytes of the SHA-256 of pixels and labels. */
const digest = ({ images, labels }: Digits): string =>
  createHash('sha256')
    .update(new Uint8Array(images.buffer, images.byteOffset, images.byteLength))
    .update(new Uint8Array(labels.buffer, labels.byteOffset, labels.byteLength))
    .digest('hex')
    .slice(0, 16)
