/** Steps of a transformation on plain numbers or on tensors, so that one test holds for every engine. */
import * as tf from '@tensorflow/tfjs-core'
import { dispose, float64, type GradientTransformation, type Params, step } from '../../../lib/index.ts'

/** A leaf of numbers, or a record of them. */
export type Leaves = Nested | { readonly [key: string]: Leaves }
export type Nested = number | readonly Nested[]

/** What a step is given: gradients at the parameters, and what `extra` holds. */
export interface Given {
  readonly grads: Leaves
  readonly extra?: Readonly<Record<string, unknown>>
}

export interface Ran {
  /** The parameters after each step. */
  readonly params: readonly Leaves[]
  /** The state after each step, its tensors as nested numbers. */
  readonly states: readonly unknown[]
}

/** A way to run steps. */
export type Run = (
  tx: GradientTransformation,
  start: Leaves,
  steps: number,
  given: (params: Leaves, t: number) => Given,
) => Promise<Ran>

const isRecord = (x: unknown): x is Readonly<Record<string, unknown>> =>
  typeof x === 'object' && x !== null && Object.getPrototypeOf(x) === Object.prototype

/** Nested numbers as tensors; records stay. */
export const toTensors = (x: Leaves): Params =>
  isRecord(x)
    ? Object.fromEntries(Object.entries(x).map(([key, child]) => [key, toTensors(child as Leaves)]))
    : tf.tensor(x as number[], undefined, 'float32')

/** Tensors as nested numbers; all else stays. */
export const toNumbers = async (x: unknown): Promise<unknown> => {
  if (x instanceof tf.Tensor) return x.array()
  if (Array.isArray(x)) return Promise.all(x.map(toNumbers))
  if (!isRecord(x)) return x
  const entries = Object.entries(x).map(async ([key, child]) => [key, await toNumbers(child)] as const)
  return Object.fromEntries(await Promise.all(entries))
}

const extraTensors = (extra: Given['extra'] = {}): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(extra).map(([key, x]) => [key, typeof x === 'object' ? toTensors(x as Leaves) : x]))

/** On plain numbers. */
export const onNumbers: Run = async (tx, start, steps, given) => {
  const reader = float64(tx)
  let params = start
  let state = reader.init(params as number[])
  const ran = { params: [] as Leaves[], states: [] as unknown[] }
  for (let t = 1; t <= steps; t++) {
    const { grads, extra } = given(params, t)
    const next = reader.step(grads as number[], state, params as number[], extra)
    params = next.params as Leaves
    state = next.state
    ran.params.push(params)
    ran.states.push(state)
  }
  return ran
}

/** On tensors, by `step` of the active backend. */
export const onTensors: Run = async (tx, start, steps, given) => {
  let params = toTensors(start)
  let state = tx.init(params)
  const ran = { params: [] as Leaves[], states: [] as unknown[] }
  for (let t = 1; t <= steps; t++) {
    const { grads, extra } = given((await toNumbers(params)) as Leaves, t)
    const trees = [toTensors(grads), extraTensors(extra)] as const
    const next = step(tx, trees[0], state, params, { donate: true, extra: trees[1] })
    dispose(trees)
    params = next.params
    state = next.state
    ran.params.push((await toNumbers(params)) as Leaves)
    ran.states.push(await toNumbers(state))
  }
  dispose([params, state])
  return ran
}

/** On plain numbers, by `update` and the sum. */
export const byUpdates: Run = async (tx, start, steps, given) => {
  const reader = float64(tx)
  let params = start
  let state = reader.init(params as number[])
  const ran = { params: [] as Leaves[], states: [] as unknown[] }
  const sum = (p: Leaves, u: Leaves): Nested =>
    typeof p === 'number' ? p + (u as number) : (p as Nested[]).map((x, i) => sum(x, (u as Nested[])[i]!))
  for (let t = 1; t <= steps; t++) {
    const { grads, extra } = given(params, t)
    const [u, next] = reader.update(grads as number[], state, params as number[], extra)
    params = sum(params, u as Leaves)
    state = next
    ran.params.push(params)
    ran.states.push(state)
  }
  return ran
}

/** a·(w − b), number by number. */
export const quadratic = (a: Nested, b: Nested, w: Leaves): Nested =>
  typeof w === 'number'
    ? (a as number) * (w - (b as number))
    : (w as Nested[]).map((x, i) => quadratic((a as Nested[])[i]!, (b as Nested[])[i]!, x))
