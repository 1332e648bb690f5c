import fc from 'fast-check'
import { expect, test } from 'vitest'
import { changesIn } from '../../../examples/playground/rule/changes.ts'

test('a text in pieces is the text, and nothing in it changed where it is the same', () => {
  const text = fc.array(fc.constantFrom('0.9', '·', 'mu', ' ', '\n', '= ')).map((words) => words.join(''))
  fc.assert(
    fc.property(text, text, (before, after) => {
      const pieces = changesIn(before, after)
      expect(pieces.map((piece) => piece.text).join('')).toBe(after)
      if (before === after) expect(pieces.some(({ changed }) => changed)).toBe(false)
    }),
    { numRuns: 200, seed: 1 },
  )
})

test('a number that is another is marked, and nothing else', () => {
  const pieces = changesIn("mu' = 0.9·mu + (1 − 0.9)·g\nu   = mu'", "mu' = 0.95·mu + (1 − 0.95)·g\nu   = mu'")
  expect(pieces.filter(({ changed }) => changed).map(({ text }) => text)).toEqual(['0.95', '0.95'])
})

test('a line that is new is marked as a whole', () => {
  const pieces = changesIn('a = 1\nb = 2', 'a = 1\nc = 3\nb = 2')
  expect(pieces.filter(({ changed }) => changed).map(({ text }) => text)).toEqual(['c = 3'])
})
