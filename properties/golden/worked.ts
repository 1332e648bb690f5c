/** The worked examples of this folder, by the name of their file. */
import { readFileSync } from 'node:fs'

/** The shared problem: loss_t(w) = ½·Σ a·(w − b_t)². */
export interface Quadratic {
  readonly a: readonly number[]
  readonly b_per_step: readonly (readonly number[])[]
}

export const worked = <T>(name: 'ivon' | 'amos' | 'boostnet' | 'adamBnn'): T =>
  JSON.parse(readFileSync(new URL(`${name}.json`, import.meta.url), 'utf8')) as T

/** The gradient of the shared problem at w, in step t counted from 0. */
export const gradientOf =
  ({ a, b_per_step }: Quadratic) =>
  (w: readonly number[], t: number): number[] =>
    w.map((x, i) => a[i]! * (x - b_per_step[t]![i]!))

/** The largest distance between two nested arrays of numbers; infinite where one lacks a number. */
export const distanceOf = (made: unknown, expected: unknown): number => {
  if (typeof expected === 'number') return typeof made === 'number' ? Math.abs(made - expected) : Number.POSITIVE_INFINITY
  if (!Array.isArray(expected) || !Array.isArray(made) || expected.length !== made.length) return Number.POSITIVE_INFINITY
  return expected.reduce<number>((most, x, i) => Math.max(most, distanceOf(made[i], x)), 0)
}
