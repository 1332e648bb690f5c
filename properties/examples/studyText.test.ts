import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, test } from 'vitest'
import { seedKey } from '../../examples/models/random.ts'
import { alphabet, loadBook, splitBook, takeWindows, tokensOf, windowStarts } from '../../examples/text/book.ts'
import { loadSpeeches } from '../../examples/text/speeches.ts'

const textOf = (tokens: ArrayLike<number>): string => Array.from(tokens, (token) => alphabet[token]).join('')

describe('the book', () => {
  test('is read as small letters, one space where there were several or none that counts', () => {
    expect(textOf(tokensOf('Call me  Ishmael—“yes”,\n1851!'))).toBe('call me ishmael- yes , !')
  })

  test('is whole, nine chapters of ten for training', () => {
    const { training, validation } = loadBook()
    expect(training.length + validation.length).toBeGreaterThan(1_150_000)
    expect(validation.length / training.length).toBeCloseTo(1 / 9, 1)
    expect(textOf(training)).toContain('call me ishmael.')
    expect(Math.max(...new Set(training))).toBeLessThan(alphabet.length)
  })
})

describe('the three parts', () => {
  test('of the book are the whole of it, and the test is what validation was', () => {
    const { training, validation, test } = splitBook()
    const book = loadBook()
    expect(textOf(test.subarray(0, 200))).toBe(textOf(book.validation.subarray(0, 200)))
    // But for spaces, of which one joins any two chapters of a part.
    const letters = (tokens: Uint8Array) => tokens.filter((token) => token !== 0).length
    expect(letters(training) + letters(validation)).toBe(letters(book.training))
  })

  test('of the speeches hold about 8, 1 and 1 tenths of 10.7 million characters, from both ends of the years', () => {
    const { training, validation, test } = loadSpeeches()
    const all = training.length + validation.length + test.length
    expect(all).toBeGreaterThan(10_000_000)
    expect([validation.length / all, test.length / all].every((share) => share > 0.07 && share < 0.13)).toBe(true)
    expect(textOf(training.subarray(0, 400))).toContain('fellow-citizens of the senate')
    expect(Math.max(...new Set(test))).toBeLessThan(alphabet.length)
  })
})

describe('windows', () => {
  test('hold tokens and what follows each of them', async () => {
    await tf.setBackend('cpu')
    const { tokens, next } = takeWindows(tokensOf('abcdefgh'), [0, 3], 4)
    expect(textOf(tokens.dataSync())).toBe('abcddefg')
    expect(textOf(next.dataSync())).toBe('bcdeefgh')
    expect([tokens.shape, tokens.dtype]).toEqual([[2, 4], 'int32'])
  })

  test('begin where key and step say, anywhere in the span', () => {
    const key = seedKey(1)
    expect(windowStarts(key, 5, 8, 1000)).toEqual(windowStarts(key, 5, 8, 1000))
    expect(windowStarts(key, 5, 8, 1000)).not.toEqual(windowStarts(key, 6, 8, 1000))
    const many = windowStarts(key, 0, 500, 10)
    expect(new Set(many).size).toBe(10)
    expect(Math.max(...many)).toBe(9)
  })
})
