/** Lines of equal value, by marching squares. */
import type { Landscape } from './landscapes.ts'

/** Line segments, four numbers each: x and y of both ends, in the landscape's own numbers. */
export interface Contour {
  readonly level: number
  readonly segments: Float64Array
}

const columns = 128
const rows = 96
const lines = 16

const between = (low: number, high: number, part: number): number => low + (high - low) * part

/** Levels that lie close where the landscape is low: even steps of log(1 + height / scale). */
const levelsOf = (values: Float64Array): readonly number[] => {
  const sorted = Float64Array.from(values).sort()
  const [least, middle] = [sorted[0] as number, sorted[sorted.length >> 1] as number]
  const high = sorted[Math.floor(sorted.length * 0.995)] as number
  const scale = (middle - least) / 20 || 1
  const top = Math.log1p((high - least) / scale)
  return Array.from({ length: lines }, (_, i) => least + scale * Math.expm1((top * (i + 0.5)) / lines))
}

/** Where an edge crosses a level, as the part of the way along it. */
const crossing = (from: number, to: number, level: number): number => (level - from) / (to - from)

/** The contours of what is shown of a landscape. */
export const contoursOf = ({ value, x, y }: Landscape): readonly Contour[] => {
  const values = new Float64Array((columns + 1) * (rows + 1))
  for (let j = 0; j <= rows; j++)
    for (let i = 0; i <= columns; i++)
      values[j * (columns + 1) + i] = value([between(...x, i / columns), between(...y, j / rows)])
  const at = (i: number, j: number): number => values[j * (columns + 1) + i] as number
  return levelsOf(values).map((level) => {
    const found: number[] = []
    for (let j = 0; j < rows; j++)
      for (let i = 0; i < columns; i++) {
        const [a, b, c, d] = [at(i, j), at(i + 1, j), at(i + 1, j + 1), at(i, j + 1)]
        const ends: [number, number][] = []
        if (a < level !== b < level) ends.push([i + crossing(a, b, level), j])
        if (b < level !== c < level) ends.push([i + 1, j + crossing(b, c, level)])
        if (d < level !== c < level) ends.push([i + crossing(d, c, level), j + 1])
        if (a < level !== d < level) ends.push([i, j + crossing(a, d, level)])
        // Four crossings are two lines; which two is a matter of taste.
        for (let k = 0; k + 1 < ends.length; k += 2)
          for (const [u, v] of [ends[k], ends[k + 1]] as [number, number][])
            found.push(between(...x, u / columns), between(...y, v / rows))
      }
    return { level, segments: Float64Array.from(found) }
  })
}
