import { likeFaults, treeFindings } from '../../lib/check/check.ts'
import { checkOptions, flag, positiveInteger } from '../../lib/check/options.ts'
import { isRecord } from '../../lib/data/branch.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { sizeOf } from '../../lib/data/shape.ts'
import { type Tree, treeMap, treeZip } from '../../lib/data/tree.ts'
import type { Fault, Finding } from '../../lib/errors/error.ts'
import { stateOfInit } from '../../lib/errors/states.ts'
import { noCountOfMemory, noMemory } from '../../lib/errors/transforms/rules.ts'
import { equal } from '../../lib/expr/expr.ts'
import type { Checked } from '../../lib/form/form.ts'
import { layoutOf } from '../../lib/form/layout.ts'
import type { GradientTransformation, Params } from '../../lib/form/transformation.ts'
import type { ArrayOps } from '../../lib/hosts/arrayOps.ts'
import type { Shaped } from '../../lib/hosts/engine.ts'
import { arrayStage } from '../../lib/stage/arrayStage.ts'
import { following, numberOf, pick } from '../../lib/stage/numbers.ts'
import { scanTrees } from '../../lib/stage/scanTrees.ts'
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

/** A pair: how the parameters changed in a step, how the gradients did, and 1 / ⟨du, dw⟩. */
interface Pair<A> {
  readonly [key: string]: Tree<A>
  readonly dw: Tree<A>
  readonly du: Tree<A>
  readonly weight: A
}

const number = <A extends Shaped>(ops: ArrayOps<A>, x: number): A => ops.make(Float64Array.of(x), [])

/** What changed since the last update, 0 in the first. */
const change = <A extends Shaped>(ops: ArrayOps<A>, now: Tree<A>, before: Tree<A>, isFirst: number): Tree<A> =>
  treeZip<A, A, A>(now, before, (a, b) => {
    const nothing = () => ops.make(new Float64Array(sizeOf(b.shape)), b.shape)
    return pick(ops, isFirst, nothing, () => ops.sub(a, b))
  })

/** The state with the pair that leads from the last place to this one, in the place of the oldest. */
const remember = <A extends Shaped>(
  ops: ArrayOps<A>,
  g: Tree<A>,
  p: Tree<A>,
  old: Memory<A>,
  isFirst: number,
): Memory<A> => {
  const [dw, du] = [change(ops, p, old.params, isFirst), change(ops, g, old.updates, isFirst)]
  const product = treeDot(ops, du, dw)
  const weight = ops.where(ops.equal(product, 0), number(ops, 0), ops.div(number(ops, 1), product))
  const last = <T>(list: readonly T[], next: T): T[] => [...list.slice(1), next]
  return {
    count: following(ops, old.count),
    // A donated step writes over the parameters.
    params: treeMap<A, A>(p, (x) => ops.mul(x, 1)),
    updates: g,
    diffParamsMemory: last(old.diffParamsMemory, dw),
    diffUpdatesMemory: last(old.diffUpdatesMemory, du),
    weightsMemory: last(old.weightsMemory, weight),
  }
}

/** γ: the size of the last pair's curvature; before there is one, what brings the first step to a length of at most 1. */
const firstScale = <A extends Shaped>(ops: ArrayOps<A>, { updates, ...memory }: Memory<A>, isFirst: number): A => {
  const one = number(ops, 1)
  const [dw, du] = [memory.diffParamsMemory.at(-1) as Tree<A>, memory.diffUpdatesMemory.at(-1) as Tree<A>]
  const capped = () => ops.min(one, ops.div(one, ops.sqrt(treeDot(ops, updates, updates))))
  const curvature = () => {
    const squares = treeDot(ops, du, du)
    return ops.where(ops.less(number(ops, 0), squares), ops.div(treeDot(ops, du, dw), squares), one)
  }
  return pick(ops, isFirst, capped, curvature)
}

/** P·g by two passes over the pairs. */
const preconditioned = <A extends Shaped>(ops: ArrayOps<A>, memory: Memory<A>, scale: A | undefined): Tree<A> => {
  const { diffParamsMemory, diffUpdatesMemory, weightsMemory, count, updates } = memory
  const all = weightsMemory.map(
    (weight, i): Pair<A> => ({ dw: diffParamsMemory[i] as Tree<A>, du: diffUpdatesMemory[i] as Tree<A>, weight }),
  )
  // So many from the front hold nothing yet, and change nothing: their weight is 0.
  const pairs = ops.follow ? all : all.slice(Math.max(0, all.length - (count - 1)))
  const [back, alphas] = scanTrees<A, Pair<A>>(ops, {
    start: updates,
    items: pairs,
    isBackward: true,
    out: 'alpha',
    turn: (x, { dw, du, weight }) => {
      const alpha = ops.mul(weight, treeDot(ops, dw, x))
      return [treeZip<A, A, A>(x, du, (a, b) => ops.sub(a, ops.mul(b, alpha))), alpha]
    },
  })
  const [made] = scanTrees<A, Pair<A>>(ops, {
    start: scale === undefined ? back : scaled(ops, back, scale),
    items: pairs.map((pair, i) => ({ ...pair, alpha: alphas[i] as A })),
    turn: (x, { dw, du, weight, alpha }) => {
      const beta = ops.mul(weight, treeDot(ops, du, x))
      return [treeZip<A, A, A>(x, dw, (a, b) => ops.add(a, ops.mul(b, ops.sub(alpha as A, beta))))]
    },
  })
  return made
}

/** What is wrong with a state. */
const stateFindings = ({ params, state, leaf }: Checked, memorySize: number): Finding[] => {
  if (state === undefined || params === undefined) return []
  const { skeleton } = layoutOf(params)
  const held = (isRecord(state) ? state : {}) as Partial<Memory<unknown>>
  const trees = (key: keyof Memory<unknown>, at: (x: unknown, i: number) => Fault[]): Fault[] => {
    const list: unknown = held[key]
    if (Array.isArray(list) && list.length === memorySize) return list.flatMap(at)
    return [noMemory(key, memorySize, list)]
  }
  const like = (tree: unknown, ...at: readonly (string | number)[]) =>
    likeFaults(skeleton, tree, ['state', ...at], leaf)
  const faults = [
    ...(Number.isInteger(held.count) ? [] : [noCountOfMemory(held.count)]),
    ...like(held.params, 'params'),
    ...like(held.updates, 'updates'),
    ...trees('diffParamsMemory', (tree, i) => like(tree, 'diffParamsMemory', i)),
    ...trees('diffUpdatesMemory', (tree, i) => like(tree, 'diffUpdatesMemory', i)),
    ...trees('weightsMemory', (x, i) => {
      const fault = leaf(x, [])
      return fault ? [{ path: `state.weightsMemory[${i}]`, ...fault }] : []
    }),
  ]
  return treeFindings(faults, stateOfInit)
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
      const old = state as unknown as Memory<never>
      const isFirst = numberOf(ops, (t) => equal(t, 0), old.count)
      const memory = remember(ops, g, params as typeof g, old, isFirst)
      const scale = scaleInitPrecond ? firstScale(ops, memory, isFirst) : undefined
      return [preconditioned(ops, memory, scale), memory as unknown as ScaleByLbfgsState]
    },
    check: (given) => stateFindings(given, memorySize),
  })
}
