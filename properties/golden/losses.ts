/** The recorded losses, typed, and how each is called: arrays by position, masks and weights among the options. */
import { readFileSync } from 'node:fs'
import type { Nested } from '../transforms/losses/numbers.ts'

export interface RecordedLoss {
  readonly id: string
  readonly config: Readonly<{ fn: string; args?: Readonly<Record<string, unknown>>; optax_equivalent?: string }>
  readonly inputs: Readonly<Record<string, Nested>>
  readonly outputs: Readonly<{
    value: Nested
    numeric_grad_of_sum?: Nested
    grad_of_sum?: Nested | Readonly<Record<string, Nested>>
  }>
  readonly rtol_hint: number
}

interface Recorded {
  readonly optax: readonly RecordedLoss[]
  readonly torch: readonly RecordedLoss[]
  readonly jax: readonly RecordedLoss[]
}

export const recordedLosses: Recorded = JSON.parse(readFileSync(new URL('./losses.json', import.meta.url), 'utf8'))

const camel = (name: string): string => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
const amongOptions = new Set(['where', 'weights', 'class_weights'])

/** A call of a loss: the name, the arrays by position, and the options, arrays among them. */
export interface LossCall {
  readonly name: string
  readonly arrays: readonly Nested[]
  /** What stands by position behind the arrays. */
  readonly numbers: readonly number[]
  readonly options: Readonly<Record<string, unknown>>
  readonly optionArrays: Readonly<Record<string, Nested>>
}

/** The call that a recorded entry stands for. */
export const callOf = ({ config: { fn, args = {} }, inputs }: RecordedLoss): LossCall => {
  const entries = Object.entries(inputs)
  const { alpha, ...others } = args
  const positional = fn === 'smooth_labels'
  const options = Object.entries(positional ? others : args).map(([key, value]) => [camel(key), wordOf(value)] as const)
  return {
    name: camel(fn),
    arrays: entries.filter(([key]) => !amongOptions.has(key)).map(([, value]) => value),
    numbers: positional ? [alpha as number] : [],
    options: Object.fromEntries(options),
    optionArrays: Object.fromEntries(
      entries.filter(([key]) => amongOptions.has(key)).map(([key, value]) => [camel(key), value]),
    ),
  }
}

/** A function of Python that reduces, as a word. */
const wordOf = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && '$py' in value ? String(value.$py).replace('jnp.', '') : value
