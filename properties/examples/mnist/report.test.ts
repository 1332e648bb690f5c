import { describe, expect, test } from 'vitest'
import { picture, type Result, smoothed, summary } from '../../../examples/mnist/report.ts'

describe('summary', () => {
  test('tells losses, accuracy and median times', () => {
    const [, , row] = summary([result]).split('\n')
    expect(row?.split(/ {2,}/).map((cell) => cell.trim())).toEqual([
      'adamw',
      '1.0000',
      '0.2500',
      '96.35 %',
      '2.00 ms',
      '0.35 ms',
    ])
  })

  test('says where nothing was measured', () => {
    expect(summary([{ ...result, updateTimes: [] }])).toContain('not measured')
  })
})

describe('picture', () => {
  test('shows a curve for each contender', () => {
    const svg = picture([result, { ...result, name: 'adamw, 1 step ahead' }], 'Digits', 'seed 0')
    expect(svg.match(/stroke-linejoin/g)?.length).toBe(2)
    expect(svg).toContain('>adamw, 1 step ahead</text>')
  })
})

describe('smoothed', () => {
  test('is the mean of the last steps, of fewer at the start', () => {
    const points = smoothed(Array.from({ length: 60 }, (_, i) => i))
    expect(points[0]).toEqual([1, 0])
    expect(points[2]).toEqual([3, 1])
    expect(points[59]).toEqual([60, 47])
  })
})

const result: Result = {
  name: 'adamw',
  losses: [3, ...Array(100).fill(1)],
  stepTimes: [9, 2, 2],
  updateTimes: [0.3, 0.4],
  loss: 0.25,
  accuracy: 0.9635,
}
