/** Runs of optimizers that other programs recorded, by the folder `facts`, and what is computed of them in float64. */
import { readFileSync } from 'node:fs'
import { float64, type GradientTransformation, ivonAccumulate, ivonNoiseScale, ndarray } from '../../lib/index.ts'
import { build, distance, type Numbers } from './golden.ts'
import { lossOf, type Problem } from './problems.ts'

type BySteps = Readonly<Record<string, Numbers>>

/** A run: parameters by the number of the step, and what else was recorded. */
export interface RecordedRun {
  readonly id: string
  /** The optimizer, by the names of this package. */
  readonly ts: string
  readonly problem: string
  readonly params: BySteps
  /** Where the gradient of a step was taken, for runs with a forecast. */
  readonly predicted?: BySteps
  /** Fields of the state, by optax's names. */
  readonly state?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly tolerance: number
  /** By how much an error of a gradient and of the start grows, at most, up to the last of the steps. */
  readonly sensitivity: number
  /** A schedule of the run is float32 here, as it is in optax outside of the recording. */
  readonly rounded?: true
  /** Normal numbers that IVON drew, flat, and the leaves in their order. */
  readonly noise?: readonly (readonly number[])[]
  readonly order?: readonly string[]
}

export interface RecordedSchedule {
  readonly id: string
  readonly ts: string
  readonly counts: readonly number[]
  readonly values: readonly number[]
  readonly tolerance: number
  readonly rounded?: true
}

interface File {
  readonly source: string
  readonly problems: Readonly<Record<string, Problem>>
  readonly runs: readonly (RecordedRun | RecordedSchedule)[]
}

const named = ['NaN', 'Infinity', '-Infinity']
const revive = (_: string, x: unknown): unknown => (named.includes(x as string) ? Number(x) : x)
const read = (name: string): File =>
  JSON.parse(readFileSync(new URL(`facts/${name}.json`, import.meta.url), 'utf8'), revive) as File

const files = ['optimizers', 'transformations', 'schedules', 'torch', 'authors'].map(read)
const isSchedule = (run: RecordedRun | RecordedSchedule): run is RecordedSchedule => 'counts' in run

/** Every run with its problem. */
export const runs = files.flatMap(({ problems, runs }) =>
  runs.flatMap((run) => (isSchedule(run) ? [] : [{ ...run, problem: problems[run.problem]! }])),
)
export type Run = (typeof runs)[number]

export const schedules = files.flatMap(({ runs }) => runs.filter(isSchedule))

export const lastOf = ({ params }: Pick<Run, 'params'>): number => Math.max(...Object.keys(params).map(Number))

/** What a run may be away in float64: its own tolerance, or that of a schedule in float32. */
export const boundOf = ({ tolerance, sensitivity = 1, rounded }: { tolerance: number; sensitivity?: number; rounded?: true }) =>
  rounded ? Math.max(tolerance, 3e-7 * sensitivity) : tolerance

const camel = (name: string): string => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())

/** What stands under a key, wherever it stands first. */
export const found = (state: unknown, key: string): unknown => {
  if (typeof state !== 'object' || state === null) return undefined
  if (key in state) return (state as Readonly<Record<string, unknown>>)[key]
  for (const part of Object.values(state)) {
    const inner = found(part, key)
    if (inner !== undefined) return inner
  }
  return undefined
}

/** A tree as plain nested numbers, whatever holds its leaves. */
const plain = (tree: unknown): unknown => {
  if (typeof tree !== 'object' || tree === null) return tree
  if ('data' in tree && 'shape' in tree) return nested([...(tree.data as Float64Array)], tree.shape as readonly number[])
  return Array.isArray(tree) ? tree.map(plain) : Object.fromEntries(Object.entries(tree).map(([key, x]) => [key, plain(x)]))
}
const nested = (data: readonly number[], [extent, ...rest]: readonly number[]): unknown => {
  if (extent === undefined) return data[0]
  const size = data.length / extent
  return Array.from({ length: extent }, (_, i) => nested(data.slice(i * size, (i + 1) * size), rest))
}

/** What a run had, and what it should have: names for both, and how far they are from each other. */
export interface Difference {
  readonly what: string
  readonly distance: number
}

/** The differences of a run in float64; `between` changes parameters and state between steps. */
export const differencesOf = (run: Run, between: <T>(x: T) => T = (x) => x): readonly Difference[] => {
  const reader = float64(build(run.ts) as GradientTransformation)
  const differences: Difference[] = []
  const compare = (what: string, actual: unknown, expected: unknown): void => {
    if (expected !== undefined) differences.push({ what, distance: distance(plain(actual), expected) })
  }
  let params: Numbers = run.problem.params
  let ahead = params
  let state = reader.init(params)
  for (let k = 1; k <= lastOf(run); k++) {
    compare(`predicted ${k}`, ahead, run.predicted?.[k])
    const { value, grads } = lossOf(run.problem, ahead, k - 1)
    const made = reader.step(between(grads), state, params, { value })
    params = between(made.params) as Numbers
    state = between(made.state)
    ahead = (run.predicted ? between(made.ahead ?? params) : params) as Numbers
    compare(`params ${k}`, params, run.params[k])
    for (const [key, by] of Object.entries(run.state ?? {})) {
      const field = found(state, camel(key)) ?? found(state, key)
      if (field !== undefined) compare(`${key} ${k}`, field, by[k])
    }
  }
  return differences
}

const flat = (tree: unknown): number[] => (typeof tree === 'number' ? [tree] : Object.values(tree as object).flatMap(flat))
const like = (numbers: readonly number[], order: readonly string[], tree: Numbers): Numbers => {
  let at = 0
  const take = (x: unknown): unknown => (Array.isArray(x) ? x.map(take) : numbers[at++])
  return Object.fromEntries(order.map((key) => [key, take(tree[key])])) as Numbers
}

/** The differences of a run of IVON, whose gradients are taken at weights with noise. */
export const sampledDifferencesOf = (run: Run): readonly Difference[] => {
  const { mcSamples = 1, hessApprox = 'price', ...options } = optionsOf(run.ts)
  const reader = float64(build(run.ts))
  const [noiseScale, gather] = [float64(ivonNoiseScale()), float64(ivonAccumulate({ hessApprox } as never))]
  const order = run.order!
  const differences: Difference[] = []
  let params: Numbers = run.problem.params
  let state: unknown = reader.init(params)
  const noise = (i: number): Numbers => like(run.noise![i] ?? run.noise![0]!, order, params)
  const inOrder = (tree: unknown): number[] => order.flatMap((key) => flat((plain(tree) as Numbers)[key]))
  for (let k = 1; k <= lastOf(run); k++) {
    const draws = Array.from({ length: mcSamples as number }, (_, i) => noise((k - 1) * (mcSamples as number) + i))
    const scales = { hess: found(state, 'hess'), ess: options.ess, weightDecay: options.weightDecay ?? 1e-4 }
    const grads = draws.map((draw) => {
      const at = noiseScale.step(draw, {}, params, scales as never).params
      return lossOf(run.problem, at as Numbers, k - 1).grads
    })
    let [g, extra] = [grads[0]!, { noise: draws[0] } as object]
    if (grads.length > 1) {
      let mean = like(Array<number>(flat(params).length).fill(0), order, params)
      let sums: unknown = gather.init(mean)
      grads.forEach((x, i) => {
        const made = gather.step(x, sums, mean, { noise: draws[i] } as never)
        mean = made.params as Numbers
        sums = made.state
      })
      ;[g, extra] = [mean, { products: (sums as { readonly products: unknown }).products }]
    }
    const made = reader.step(g, state, params, { ...extra, nextNoise: noise(k * (mcSamples as number)) } as never)
    params = made.params as Numbers
    state = made.state
    if (run.params[k]) differences.push({ what: `params ${k}`, distance: distance(params, run.params[k]) })
    for (const [key, by] of Object.entries(run.state ?? {})) {
      if (by[k] !== undefined) differences.push({ what: `${key} ${k}`, distance: distance(inOrder(found(state, key)), by[k]) })
    }
  }
  return differences
}

/** The record of options in the text of a call. */
const optionsOf = (ts: string): Readonly<Record<string, unknown>> =>
  new Function(`return ${/\{.*\}/.exec(ts)?.[0] ?? '{}'}`)() as Readonly<Record<string, unknown>>

/**
 * Runs that one rounding to float32 moves further than their sensitivity says, which is that of the first steps or of a smooth way: weights that
 * left the start by a millionth (D-estimates), a direction divided by its own norm near the minimum, a decay by the norm of weights.
 */
export const delicate: readonly string[] = [
  'optax/fromage/default/P2',
  'optax/dog/default/P2',
  'optax/dog/default/P3',
  'optax/dowg/default/P2',
  'optax/mechanize/sgd/P2',
  'optax/prodigy/default/P3',
  'optax/prodigy/custom/P2',
  'optax_transform/normalize/P2',
  'seed/Amos/scalar_slots/P3',
]

/** What a float32 engine may be away, by the sensitivity that was recorded. */
export const singleBoundOf = ({ tolerance, sensitivity }: Run): number => Math.max(tolerance, 2e-6 * sensitivity)

/** The parameters' largest difference in float64 if every number between steps is off by up to one float32 rounding: the largest of six such runs. */
export const roundingOf = (run: Run): number => {
  let seed = 1
  const off = (): number => {
    seed = (seed * 1103515245 + 12345) % 2 ** 31
    return 1 + 2 ** -24 * (seed / 2 ** 30 - 1)
  }
  const disturbed = (x: unknown): unknown => {
    if (typeof x === 'number') return Number.isInteger(x) ? x : x * off()
    if (typeof x !== 'object' || x === null) return x
    if ('data' in x && 'shape' in x) return ndarray((x.data as Float64Array).map((y) => y * off()), x.shape as number[])
    return Array.isArray(x) ? x.map(disturbed) : Object.fromEntries(Object.entries(x).map(([k, y]) => [k, disturbed(y)]))
  }
  const once = (): number =>
    differencesOf(run, (x) => disturbed(x) as typeof x)
      .filter(({ what }) => /^(params|predicted) /.test(what))
      .reduce((most, { distance }) => Math.max(most, distance), 0)
  return Math.max(...Array.from({ length: 6 }, once))
}
