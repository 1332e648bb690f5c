/** The walk of a chain over a landscape, by the float64 reader: no backend, no array library. */
import { float64 } from '../../../lib/core.ts'
import { NdArray } from '../../../lib/data/ndArray.ts'
import { pathText } from '../../../lib/data/path.ts'
import type { GradientTransformation } from '../../../lib/form/transformation.ts'
import type { Landscape, Point } from './landscapes.ts'

/** What is seen of a walk: plain arrays, so that a worker can hand it over. */
export interface Walk {
  /** x and y of the weights: the start, then after every step. */
  readonly path: Float64Array
  /** x and y of where the gradient of each step was taken, and where that of the next would be. */
  readonly asked: Float64Array
  /** The landscape's value at the weights: the start, then after every step. */
  readonly values: Float64Array
  /** The numbers of the state by name, and their values: before the first step, then after every step, one row after another. */
  readonly names: readonly string[]
  readonly states: Float64Array
  /** Whether the chain says where the next gradient is taken. */
  readonly ahead: boolean
  /** Why it went no further. */
  readonly error?: string
}

type Entry = readonly [name: string, value: number]

/** The numbers in a state, with the way to each of them. */
const numbersIn = (state: unknown, path: readonly (string | number)[] = []): Entry[] => {
  if (typeof state === 'number') return [[pathText(path, ''), state]]
  if (typeof state === 'boolean') return [[pathText(path, ''), Number(state)]]
  if (state instanceof NdArray) return [...state.data].map((x, i) => [`${pathText(path, '')}[${i}]`, x])
  if (typeof state !== 'object' || state === null) return []
  if (Array.isArray(state)) return state.flatMap((inner, i) => numbersIn(inner, [...path, i]))
  return Object.entries(state).flatMap(([key, inner]) => numbersIn(inner, [...path, key]))
}

/** So many numbers of a state are shown: more are a matrix's, or a memory's. */
const mostNumbers = 48

/** Walks so many steps from a point. What goes wrong on the way is told in `error`; the walk ends where the weights are no numbers. */
export const walk = (tx: GradientTransformation, land: Landscape, start: Point, steps: number): Walk => {
  const path: number[] = [...start]
  const asked: number[] = [...start]
  const values = [land.value(start)]
  const states: number[] = []
  let names: readonly string[] = []
  let error: string | undefined
  let ahead = false
  const keep = (state: unknown): void => {
    const numbers = numbersIn(state).slice(0, mostNumbers)
    if (names.length === 0) names = numbers.map(([name]) => name)
    const known = new Map(numbers)
    for (const name of names) states.push(known.get(name) ?? Number.NaN)
  }
  try {
    const reader = float64(tx)
    ahead = reader.lookahead
    let [at, place]: [Point, Point] = [start, start]
    let state = reader.init(start)
    keep(state)
    for (let step = 0; step < steps; step++) {
      const grad = (land.noisy ?? land.gradient)(place, step)
      const made = reader.step(grad, state, at, extraAt(land, place, grad), place)
      at = made.params as unknown as Point
      place = (made.ahead ?? made.params) as unknown as Point
      state = made.state
      asked.push(...place)
      path.push(...at)
      values.push(land.value(at))
      keep(state)
      if (!at.every((x) => Math.abs(x) < 1e150)) {
        error = `Left the numbers in step ${step + 1}.`
        break
      }
    }
  } catch (thrown) {
    error = thrown instanceof Error ? thrown.message : String(thrown)
  }
  return {
    path: Float64Array.from(path),
    asked: Float64Array.from(asked),
    values: Float64Array.from(values),
    names,
    states: Float64Array.from(states),
    ahead,
    ...(error !== undefined && { error }),
  }
}

/** The second derivatives along the axes, by differences of the gradient. */
const hessianDiagonal = ({ gradient }: Landscape, [x, y]: Point): Point => {
  const h = 1e-5
  return [
    (gradient([x + h, y])[0] - gradient([x - h, y])[0]) / (2 * h),
    (gradient([x, y + h])[1] - gradient([x, y - h])[1]) / (2 * h),
  ]
}

/** What some optimizers ask for beside the gradient: the loss, for a line search as a function, too, and its curvature. */
const extraAt = (land: Landscape, place: Point, grad: Point): Readonly<Record<string, unknown>> => ({
  value: land.value(place),
  grad,
  valueFn: land.value,
  valueAndGradFn: (at: Point) => ({ value: land.value(at), grads: land.gradient(at) }),
  hessianDiagonal: hessianDiagonal(land, place),
  syncNow: false,
})
