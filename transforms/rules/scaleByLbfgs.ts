import { likeFaults, treeFindings } from '../../lib/check/check.ts'
import { checkOptions, flag, positiveInteger } from '../../lib/check/options.ts'
import { isRecord } from '../../lib/data/branch.ts'
import { describe, type Fault, type Finding } from '../../lib/data/error.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { type Tree, treeMap, treeZip } from '../../lib/data/tree.ts'
import type { Checked } from '../../lib/form/form.ts'
import { layoutOf } from '../../lib/form/layout.ts'
import type { GradientTransformation, Params } from '../../lib/form/transformation.ts'
import type { ArrayOps } from '../../lib/hosts/arrayOps.ts'
import type { Shaped } from '../../lib/hosts/engine.ts'
import { arrayStage } from '../../lib/stage/arrayStage.ts'
import { scaled, treeDot } from './alongLine.ts'

/** Options of `scaleByLbfgs`. */
export interface ScaleByLbfgsOptions {
  readonly memorySize?: number
  readonly scaleInitPrecond?: boolean
}

/** The state of `scaleByLbfgs`: lists of memorySize trees, the oldest first, and one scalar for each. */
export interface ScaleByLbfgsState {
  readonly count: number
  readonly params: Params
  readonly updates: Params
  readonly diffParamsMemory: readonly Params[]
  readonly diffUpdatesMemory: readonly Params[]
  readonly weightsMemory: Params
}

/** What `scaleByLbfgs` accepts as options. */
export const lbfgsKinds = { memorySize: positiveInteger, scaleInitPrecond: flag }

/** The state on a host's arrays. */
interface Memory<A> {
  readonly count: number
  readonly params: Tree<A>
  readonly updates: Tree<A>
  readonly diffParamsMemory: readonly Tree<A>[]
  readonly diffUpdatesMemory: readonly Tree<A>[]
  readonly weightsMemory: readonly A[]
}

const minus = <A extends Shaped>(ops: ArrayOps<A>, x: Tree<A>, y: Tree<A>): Tree<A> =>
  treeZip<A, A, A>(x, y, (a, b) => ops.sub(a, b))

const plusScaled = <A extends Shaped>(ops: ArrayOps<A>, x: Tree<A>, factor: A, y: Tree<A>): Tree<A> =>
  treeZip<A, A, A>(x, y, (a, b) => ops.add(a, ops.mul(b, factor)))

/** The state with the pair that leads from the last place to this one, in the place of the oldest. */
const remember = <A extends Shaped>(ops: ArrayOps<A>, g: Tree<A>, p: Tree<A>, old: Memory<A>): Memory<A> => {
  // A donated step writes over the parameters.
  const now = { count: old.count + 1, params: treeMap<A, A>(p, (x) => ops.mul(x, 1)), updates: g }
  if (old.count === 0) return { ...old, ...now }
  const [dw, du] = [minus(ops, p, old.params), minus(ops, g, old.updates)]
  const product = treeDot(ops, du, dw)
  const weight = ops.where(
    ops.equal(product, 0),
    ops.mul(product, 0),
    ops.div(ops.make(Float64Array.of(1), []), product),
  )
  const last = <T>(list: readonly T[], next: T): T[] => [...list.slice(1), next]
  return {
    ...now,
    diffParamsMemory: last(old.diffParamsMemory, dw),
    diffUpdatesMemory: last(old.diffUpdatesMemory, du),
    weightsMemory: last(old.weightsMemory, weight),
  }
}

/** γ: the size of the last pair's curvature; before there is one, what brings the first step to a length of at most 1. */
const firstScale = <A extends Shaped>(ops: ArrayOps<A>, { updates, ...memory }: Memory<A>): A => {
  const one = ops.make(Float64Array.of(1), [])
  const [dw, du] = [memory.diffParamsMemory.at(-1) as Tree<A>, memory.diffUpdatesMemory.at(-1) as Tree<A>]
  if (memory.count === 1) return ops.min(one, ops.div(one, ops.sqrt(treeDot(ops, updates, updates))))
  const squares = treeDot(ops, du, du)
  return ops.where(ops.less(ops.mul(squares, 0), squares), ops.div(treeDot(ops, du, dw), squares), one)
}

/** P·g by two passes over the pairs. */
const preconditioned = <A extends Shaped>(ops: ArrayOps<A>, memory: Memory<A>, scale: A | undefined): Tree<A> => {
  const { diffParamsMemory, diffUpdatesMemory, weightsMemory } = memory
  const alphas: A[] = []
  // So many places from the front hold no pair yet.
  const empty = Math.max(0, weightsMemory.length - (memory.count - 1))
  let x = memory.updates
  for (let i = weightsMemory.length - 1; i >= empty; i--) {
    const alpha = ops.mul(weightsMemory[i] as A, treeDot(ops, diffParamsMemory[i] as Tree<A>, x))
    alphas[i] = alpha
    x = plusScaled(ops, x, ops.neg(alpha), diffUpdatesMemory[i] as Tree<A>)
  }
  x = scale === undefined ? x : scaled(ops, x, scale)
  for (let i = empty; i < weightsMemory.length; i++) {
    const beta = ops.mul(weightsMemory[i] as A, treeDot(ops, diffUpdatesMemory[i] as Tree<A>, x))
    x = plusScaled(ops, x, ops.sub(alphas[i] as A, beta), diffParamsMemory[i] as Tree<A>)
  }
  return x
}

/** What is wrong with a state. */
const stateFindings = ({ params, state, leaf }: Checked, memorySize: number): Finding[] => {
  if (state === undefined || params === undefined) return []
  const { skeleton } = layoutOf(params)
  const held = (isRecord(state) ? state : {}) as Partial<Memory<unknown>>
  const trees = (key: keyof Memory<unknown>, at: (x: unknown, i: number) => Fault[]): Fault[] => {
    const list: unknown = held[key]
    if (Array.isArray(list) && list.length === memorySize) return list.flatMap(at)
    return [{ path: `state.${key}`, expected: `a list of ${memorySize}`, got: describe(list) }]
  }
  const like = (tree: unknown, ...at: readonly (string | number)[]) =>
    likeFaults(skeleton, tree, ['state', ...at], leaf)
  const faults = [
    ...(Number.isInteger(held.count)
      ? []
      : [{ path: 'state.count', expected: 'an integer', got: describe(held.count) }]),
    ...like(held.params, 'params'),
    ...like(held.updates, 'updates'),
    ...trees('diffParamsMemory', (tree, i) => like(tree, 'diffParamsMemory', i)),
    ...trees('diffUpdatesMemory', (tree, i) => like(tree, 'diffUpdatesMemory', i)),
    ...trees('weightsMemory', (x, i) => {
      const fault = leaf(x, [])
      return fault ? [{ path: `state.weightsMemory[${i}]`, ...fault }] : []
    }),
  ]
  return treeFindings(faults, 'Give the state that init made.')
}

/**
 * Multiplies gradients by an estimate of the inverse Hessian, made of the last steps and how the gradients changed along them.
 *
 *     dw = p − p before;  du = g − g before;  ρ = 1 / ⟨du, dw⟩, 0 where that is 0
 *     newest to oldest:  α = ρ·⟨dw, x⟩;  x = x − α·du,  from x = g
 *     x = γ·x,  γ = ⟨du, dw⟩ / ⟨du, du⟩ of the newest pair; in the first update min(1, 1/‖g‖)
 *     oldest to newest:  β = ρ·⟨du, x⟩;  x = x + (α − β)·dw
 *
 * γ is 1 without scaleInitPrecond. It is a direction: a learning rate or a line search belongs behind it. Nothing is read back from a device.
 *
 * Shapes: u is shaped like g. State: { count, params, updates, diffParamsMemory, diffUpdatesMemory, weightsMemory }, lists of memorySize
 * trees, the oldest first (optax keeps a ring). Written against array operations. Needs the parameters.
 * Defaults: memorySize = 10, scaleInitPrecond = true.
 * Errors: `bad-hyperparameter` unless memorySize is an integer from 1 up.
 * Source: Nocedal & Wright 1999, Algorithms 7.4 and 7.5; Liu & Nocedal 1989; optax, `scale_by_lbfgs`.
 */
export const scaleByLbfgs = (
  options: ScaleByLbfgsOptions = {},
  ...excess: Excess
): GradientTransformation<ScaleByLbfgsState> => {
  checkOptions('scaleByLbfgs', options, lbfgsKinds, excess)
  const { memorySize = 10, scaleInitPrecond = true } = options
  return arrayStage<ScaleByLbfgsState>({
    name: 'scaleByLbfgs',
    needsParams: true,
    reads: [],
    init: (ops, params) => {
      const zeros = () => treeMap(params, (p) => ops.mul(ops.isFinite(p), 0)) as Tree<unknown> as Params
      const list = <T>(make: () => T): T[] => Array.from({ length: memorySize }, make)
      const pairs = { diffParamsMemory: list(zeros), diffUpdatesMemory: list(zeros) }
      const weightsMemory = list(() => ops.make(new Float64Array(1), [])) as Tree<unknown> as Params
      return { count: 0, params: zeros(), updates: zeros(), ...pairs, weightsMemory }
    },
    update: (ops, g, state, params) => {
      const memory = remember(ops, g, params as typeof g, state as unknown as Memory<never>)
      const scale = scaleInitPrecond ? firstScale(ops, memory) : undefined
      return [preconditioned(ops, memory, scale), memory as unknown as ScaleByLbfgsState]
    },
    check: (given) => stateFindings(given, memorySize),
  })
}
