import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { smoothed as plainly } from '../../../examples/mnist/report.ts'
import { packBook, unpackBook } from '../../../examples/playground/race/bookFile.ts'
import { jsonOf, svgOf } from '../../../examples/playground/race/exported.ts'
import type { Racer } from '../../../examples/playground/race/racer.ts'
import { smoothed } from '../../../examples/playground/race/smoothed.ts'

describe('smoothed', () => {
  test('is the mean of the last 25 losses, as the table of the command line has it', () => {
    const losses = fc.array(fc.double({ min: 0, max: 10, noNaN: true }), { maxLength: 60 })
    fc.assert(
      fc.property(losses, (given) => {
        const [made, wanted] = [smoothed(given), plainly(given)]
        expect(made.map(([step]) => step)).toEqual(wanted.map(([step]) => step))
        made.forEach(([, loss], i) => {
          expect(Math.abs(loss - wanted[i]![1])).toBeLessThan(1e-9)
        })
      }),
      { numRuns: 100, seed: 1 },
    )
  })

  test('has no number where one of them is none, and has one again when that is past', () => {
    const made = smoothed([1, Number.NaN, ...Array<number>(30).fill(2), Number.POSITIVE_INFINITY])
    expect(made[0]).toEqual([1, 1])
    expect(made.slice(1, 26).every(([, loss]) => Number.isNaN(loss))).toBe(true)
    expect(made[26]![1]).toBeCloseTo(2, 12)
    expect(made.at(-1)![1]).toBeNaN()
  })
})

test('a book that is packed is unpacked as it was', () => {
  const book = { training: Uint8Array.of(1, 2, 3), validation: Uint8Array.of(4, 5) }
  expect(unpackBook(packBook(book).buffer)).toEqual(book)
})

test('a race is saved with all that was seen of it, also where a loss is no number', () => {
  const racer = (chain: string, losses: number[], error?: string): Racer => ({
    ...{ chain, losses, stepTimes: [1.5], accuracies: [{ step: 50, accuracy: 0.5 }] },
    ...{ step: () => undefined as never, params: () => ({}), leave: () => undefined },
    ...(error !== undefined && { error }),
  })
  const racers = [racer('adam(0.1)', [2, Number.NaN]), racer('polyakSgd()', [], 'no value')]
  const run = { task: 'digits', seed: 3, step: 2, backend: undefined, racers } as const
  expect(JSON.parse(jsonOf(run))).toMatchObject({
    ...{ task: 'digits', seed: 3, steps: 2 },
    chains: [
      { chain: 'adam(0.1)', losses: [2, null], millisecondsPerStep: [1.5], accuracies: [{ step: 50, accuracy: 0.5 }] },
      { chain: 'polyakSgd()', losses: [], error: 'no value' },
    ],
  })
  expect(svgOf(run, ['A <adam>', 'B'])).toContain('A &lt;adam&gt;')
})
