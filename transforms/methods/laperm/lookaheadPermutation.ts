import { keptFaults, treeFindings } from '../../../lib/check/check.ts'
import { checkOptions, type Kind, positiveInteger } from '../../../lib/check/options.ts'
import { type Excess, noExcess } from '../../../lib/data/excess.ts'
import { isBranch, type Tree } from '../../../lib/data/tree.ts'
import type { Finding } from '../../../lib/errors/error.ts'
import { stateOfInit } from '../../../lib/errors/states.ts'
import { missingSyncNow, noPeriod, wrongSyncNow } from '../../../lib/errors/transforms/methods.ts'
import { noNumber } from '../../../lib/errors/trees.ts'
import { add, div, type Expr, equal, floor, type LeafInfo, mul, select, sub } from '../../../lib/expr/expr.ts'
import { hyper } from '../../../lib/expr/schedule.ts'
import type { Checked, Extra, ProjectFunctions } from '../../../lib/form/form.ts'
import { layoutOf } from '../../../lib/form/layout.ts'
import { checkTransformation, type GradientTransformation, type Params } from '../../../lib/form/transformation.ts'
import type { ArrayOps } from '../../../lib/hosts/arrayOps.ts'
import type { Shaped } from '../../../lib/hosts/engine.ts'
import { arrayProjection } from '../../../lib/stage/arrayProjection.ts'
import { choose, following, numberOf, signalOf } from '../../../lib/stage/numbers.ts'
import { type OutAxis, outAxisOf } from './outAxis.ts'
import { permuteTree, sortTree, vectorMask, type WeightVectorOptions, weightVectorKinds } from './sortWeightVectors.ts'
import { vectorShape } from './vectors.ts'

/** Options of `lookaheadPermutation`. */
export interface LookaheadPermutationOptions extends WeightVectorOptions {
  readonly k?: number | ((count: number) => number) | undefined
}

/** The state of `lookaheadPermutation`: the steps made, the initial vectors sorted, and the state of what is wrapped. */
export interface LookaheadPermutationState<S> {
  readonly count: number
  readonly sorted: Params
  readonly inner: S
}

interface Own<B> {
  readonly count: number
  readonly sorted: Tree<B>
}

const name = 'lookaheadPermutation'
const period: Kind = {
  expected: `${positiveInteger.expected}, or a function of the count`,
  test: (x) => typeof x === 'function' || positiveInteger.test(x),
}

const signalFindings = ({ syncNow }: Extra, isNeeded: boolean): Finding[] => {
  if (syncNow === undefined) return isNeeded ? [missingSyncNow()] : []
  return typeof syncNow === 'boolean' || typeof syncNow === 'number' ? [] : [wrongSyncNow(syncNow)]
}

const periodAt = (k: NonNullable<LookaheadPermutationOptions['k']>, count: number): number =>
  typeof k === 'number' ? k : k(count)

const periodFindings = (k: LookaheadPermutationOptions['k'], state: unknown): Finding[] => {
  const count = (state as Own<Shaped> | undefined)?.count
  if (typeof k !== 'function' || typeof count !== 'number') return []
  const found = periodAt(k, count)
  return positiveInteger.test(found) ? [] : [noPeriod(count, positiveInteger.expected, found)]
}

/** What is wrong with what is kept; leaves without sorted vectors have `[]` in their place. */
const stateFindings = ({ state, params, leaf: check }: Checked, outAxis: OutAxis | undefined): Finding[] => {
  if (state === undefined) return []
  const { count, sorted } = (isBranch(state) ? state : {}) as Partial<Own<Shaped>>
  const leaves = params === undefined ? [] : layoutOf(params).leaves
  const shapeOf = (leaf: LeafInfo): readonly number[] => vectorShape(leaf.shape, () => outAxisOf(outAxis, leaf))
  const faults = [
    ...(typeof count === 'number' ? [] : [noNumber('state.count', false, count)]),
    ...keptFaults(sorted, ['state', 'sorted'], leaves, shapeOf, check, { holes: true }),
  ]
  return treeFindings(faults, stateOfInit)
}

/** 1 where the count after this one is a multiple of the period. */
const isTurnAfter = (count: Expr<'step'>, period: Expr<'step'>): Expr<'step'> => {
  const t = add(count, 1)
  return equal(sub(t, mul(period, floor(div(t, period)))), 0)
}

const functionsOn = <B extends Shaped>(
  ops: ArrayOps<B>,
  { k, mask, outAxis }: LookaheadPermutationOptions,
): ProjectFunctions<unknown, B> => {
  const isIn = vectorMask(mask)
  return {
    init: (params) => ({ count: 0, sorted: sortTree(params, ops, isIn, outAxis) }),
    project: (params, state, extra) => {
      const { count: before, sorted } = state as Own<B>
      const now = signalOf(ops, extra, 'syncNow', k === undefined)
      const syncs = numberOf(
        ops,
        (t, now) => select(now, 1, k === undefined ? 0 : isTurnAfter(t, hyper(k, t))),
        before,
        now,
      )
      const permuted = () => permuteTree(sorted, params, ops, outAxis)
      return [choose(ops, syncs, permuted, () => params), { count: following(ops, before), sorted }]
    },
  }
}

/**
 * Lets the inner optimizer train, and every k steps keeps only the order of what it found: each weight vector becomes its initial numbers,
 * rearranged into the same ranking. So the network is a permutation of its start.
 *
 *     w  = p + u, the parameters after the inner step;  t = count + 1
 *     p' = permuteLike(sorted, w) vector by vector where k divides t or syncNow is given, else w
 *
 * A vector is the weights that feed one output, a leaf of rank 1 as a whole. The inner state is not reset. k may be a function of the
 * updates made so far. Take results right after a synchronisation: between two of them the weights are the inner optimizer's.
 *
 * It sets the parameters, so nothing may stand behind it in a chain, and it must be outside `switchEma`. Through `step`, `withGradient` and
 * `withLookaheadGradient` the weights are the initial ones bit for bit; through `update`, whose result is added to the parameters, up to
 * rounding. The sort is made of the host's array operations after the fused step; other steps cost what the inner optimizer's do.
 *
 * Shapes: sorted as `sortWeightVectors`. State: { count, sorted, inner }. Needs the parameters.
 * Defaults: without k the signal `syncNow` must be given; mask and outAxis as in `sortWeightVectors`, so biases and batch normalisation are
 * the inner optimizer's alone, as in the published code. Errors: `bad-hyperparameter` unless k is an integer from 1 up, `missing-signal`,
 * `bad-argument` for a leaf whose output axis is not known.
 * Source: Qiu & Suda 2020, arXiv 2003.02570 (LaPerm), and its published code.
 */
export const lookaheadPermutation = <S>(
  inner: GradientTransformation<S>,
  options: LookaheadPermutationOptions = {},
  ...excess: Excess
): GradientTransformation<LookaheadPermutationState<S>> => {
  noExcess('lookaheadPermutation', excess)
  checkTransformation(`${name}: inner`, inner)
  checkOptions(name, options, { k: period, ...weightVectorKinds })
  return arrayProjection(inner, {
    name,
    on: (ops) => functionsOn(ops, options),
    reads: ['syncNow'],
    check: (given) => [
      ...stateFindings(given, options.outAxis),
      ...signalFindings(given.extra, options.k === undefined),
      ...periodFindings(options.k, given.state),
    ],
  })
}
