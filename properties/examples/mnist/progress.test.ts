import { describe, expect, test } from 'vitest'
import { barLine, progress, type Standing } from '../../../examples/mnist/progress.ts'

describe('barLine', () => {
  test('shows how far, the losses and the images a second', () => {
    const line = barLine(standing(250), 120)
    expect(line).toMatch(/^█+░+ /)
    expect(line).toContain('25 %')
    expect(line).toContain('loss 0.1235 | 0.1111')
    expect(line).toContain('12,346 images/s')
    expect(line).toContain('6 s left')
  })

  test('is full at the end and empty at the start', () => {
    expect(barLine(standing(1000), 120)).not.toContain('░')
    expect(barLine({ ...standing(1), steps: 1e6 }, 120)).not.toContain('█')
  })

  test('never is wider than the terminal', () => {
    for (let columns = 0; columns < 160; columns++)
      expect(barLine(standing(333), columns).length).toBeLessThanOrEqual(columns)
  })
})

describe('progress', () => {
  test('redraws one line in place on a terminal', () => {
    const screen = { ...paper(), isTTY: true, columns: 100 }
    const shown = progress(screen)
    for (let step = 1; step <= 1000; step++) shown.update(standing(step))
    expect(screen.text().match(/\n/g)).toBeNull()
    expect(screen.text().split('\r').length).toBe(1001)
    shown.end()
    expect(screen.text().endsWith('\n')).toBe(true)
  })

  test('writes a plain line for each tenth elsewhere', () => {
    const screen = paper()
    const shown = progress(screen)
    for (let step = 1; step <= 1000; step++) shown.update(standing(step))
    shown.end()
    expect(screen.text().match(/\n/g)?.length).toBe(10)
    expect(screen.text()).not.toContain('\u001b')
  })

  test('is not silent for longer than a quarter minute', () => {
    const screen = paper()
    const shown = progress(screen)
    for (let seconds = 1; seconds <= 60; seconds++) shown.update({ ...standing(1), steps: 1e6, seconds })
    expect(screen.text().match(/\n/g)?.length).toBe(4)
  })
})

const standing = (step: number): Standing => ({
  step,
  steps: 1000,
  losses: [0.12345, 0.1111],
  imagesPerSecond: 12345.6,
  seconds: 2,
})

const paper = () => {
  const written: string[] = []
  return { write: (text: string) => written.push(text), text: () => written.join('') }
}
