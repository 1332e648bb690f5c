/** The digits of the examples in three parts, and how their figures are written. */
import { type Digits, loadDigits, pixels } from '../mnist/digits.ts'

/** Digits of the rows that are chosen. */
export const rowsOf = ({ images, labels, count }: Digits, isChosen: (row: number) => boolean): Digits => {
  const rows = Array.from({ length: count }, (_, i) => i).filter(isChosen)
  const taken = new Float32Array(rows.length * pixels)
  rows.forEach((row, i) => {
    taken.set(images.subarray(row * pixels, (row + 1) * pixels), i * pixels)
  })
  return { count: rows.length, images: taken, labels: Int32Array.from(rows, (row) => labels[row]!) }
}

/** So many digits to learn from, two thousand to choose settings by, and those that judge. */
export const splitDigits = (count: number) => {
  const { training, test } = loadDigits()
  const rest = rowsOf(training, (row) => row % 4 !== 3)
  // Digits lie class by class: evenly chosen, each class keeps its share.
  const evenly = (row: number) => Math.floor(((row + 1) * count) / rest.count) > Math.floor((row * count) / rest.count)
  return { learnt: rowsOf(rest, evenly), validation: rowsOf(training, (row) => row % 4 === 3), test }
}

/** A share as a column writes it: 0.9315 is `93.15 %`, and 0.002 more are `0.20 points`. */
export const share = {
  text: (x: number): string => `${(100 * x).toFixed(2)} %`,
  difference: (x: number): string => `${(100 * x).toFixed(2)} points`,
}
