import { expect, test } from 'vitest'
import { loadAllDigits } from '../../../examples/mnist/allDigits.ts'
import { pixels } from '../../../examples/mnist/handwritten.ts'

test('all 70,000 digits are read, in three parts, as ink from 0 to 1', () => {
  const { training, validation, test: held } = loadAllDigits()
  expect([training.count, validation.count, held.count]).toEqual([58_000, 2000, 10_000])
  expect([training, held].map(({ images, count }) => images.length / count)).toEqual([pixels, pixels])
  // The first ten labels of the official test.
  expect([...held.labels.subarray(0, 10)]).toEqual([7, 2, 1, 0, 4, 1, 4, 9, 5, 9])
  // The training half of MNIST has 6,742 ones.
  const ones = [training, validation].map(({ labels }) => labels.filter((label) => label === 1).length)
  expect(ones[0]! + ones[1]!).toBe(6742)
  expect(Math.max(...held.images.subarray(0, pixels))).toBeLessThanOrEqual(1)
  expect(held.images.subarray(0, pixels).some((ink) => ink > 0.9)).toBe(true)
})
