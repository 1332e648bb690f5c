/** The rows of the catalogue that can be printed, those that cannot, and which of them run. */
import {
  type ArrayOps,
  adam,
  arrayOps,
  arrayStage,
  chain,
  expr,
  lbfgs,
  lookaheadPermutation,
  masked,
  muon,
  type Params,
  predictAhead,
  scale,
  scaleByAdam,
  scaleByLbfgs,
  schedule,
  sgd,
  type Tree,
  treeLeaves,
  treeMap,
  treeZip,
} from '../../lib/core.ts'
import { treeWithLeaves } from '../../lib/data/tree.ts'
import type { Shaped } from '../../lib/hosts/engine.ts'
import { orthogonalize } from '../../lib/index.ts'
import { row } from '../catalogue/row.ts'
import { catalogue, type Row } from '../catalogue.ts'

/** The rows that no text says, by what is wrong with them. */
export const unsaid: Readonly<Record<string, readonly string[]>> = {
  'schedules made by schedule()': [
    'scaleBySchedule',
    'predictAhead, schedules',
    'scaleByAdopt, a clip of its own',
    'multiSteps, sums, by a schedule',
  ],
  'a rule or an arrayStage': [
    'chain, an opaque stage',
    'chain, a forecast before an opaque stage',
    'partition, forecasts and an opaque stage',
    'masked, an opaque stage',
    'opaque',
  ],
  'a rule': ['projectParams'],
}

const heavyBall = arrayStage<{ readonly trace: Tree<unknown> }>({
  name: 'heavyBall',
  init: (ops, params) => ({ trace: treeMap(params, (p) => ops.mul(p, 0)) as Tree<unknown> }),
  update: <A extends Shaped>(
    ops: ArrayOps<A>,
    updates: Tree<A>,
    state: { readonly trace: Tree<unknown> },
    params: Tree<A> | undefined,
  ) => {
    const trace = treeZip(updates, state.trace as Tree<A>, (g, t) => ops.add(g, ops.mul(t, 0.9)))
    const made = treeZip(trace, params as Tree<A>, (t, p) =>
      ops.sub(t, ops.div(p, ops.add(ops.sum(ops.abs(p), axesOf(p)), 1))),
    )
    return [made, { trace: trace as Tree<unknown> }] as const
  },
  needsParams: true,
})
/** The sum of the gradients since the last fourth step as a mean, and at every fourth brought to a length of 1. */
const fourth = arrayStage<{ readonly count: number; readonly sums: Tree<unknown> }>({
  name: 'fourth',
  init: (ops, params) => ({ count: 0, sums: treeMap(params, (p) => [ops.mul(p, 0)]) as Tree<unknown> }),
  update: <A extends Shaped>(
    ops: ArrayOps<A>,
    updates: Tree<A>,
    { count, sums }: { readonly count: number; readonly sums: Tree<unknown> },
  ) => {
    const next = arrayOps.numberOf(ops, (t) => expr.add(t, 1), count)
    const isFourth = arrayOps.numberOf(
      ops,
      (t) => expr.equal(expr.sub(t, expr.mul(4, expr.floor(expr.div(t, 4)))), 0),
      next,
    )
    const share = arrayOps.numberOf(ops, (t) => expr.div(1, expr.min(t, 4)), next)
    const list = (sums: Tree<unknown>): A[] => treeLeaves(sums as Tree<A>)
    const added = treeLeaves(updates).map((g, i) => ops.add(g, list(sums)[i] as A))
    const kept = added.map((sum) =>
      arrayOps.choose(
        ops,
        isFourth,
        () => ops.mul(sum, 0),
        () => sum,
      ),
    )
    const made = added.map((sum) =>
      arrayOps.choose(
        ops,
        isFourth,
        () =>
          ops.mul(sum, ops.div(ops.make(Float64Array.of(1), []), ops.sqrt(ops.sum(ops.mul(sum, sum), axesOf(sum))))),
        () => ops.mul(sum, share),
      ),
    )
    const bundles = treeWithLeaves(
      updates,
      kept.map((sum) => [sum] as never),
    ) as Tree<unknown>
    return [treeWithLeaves(updates, made), { count: next, sums: bundles }] as const
  },
})
/** Divides by what all leaves together were in the last two steps, and by the largest sum of one leaf. */
const calmed = arrayStage<{ readonly norms: unknown; readonly largest: unknown }>({
  name: 'calmed',
  init: (ops) => ({ norms: ops.make(new Float64Array(2), [2]), largest: ops.make(new Float64Array(1), []) }),
  update: <A extends Shaped>(
    ops: ArrayOps<A>,
    updates: Tree<A>,
    state: { readonly norms: unknown; readonly largest: unknown },
  ) => {
    const sums = (of: (x: A) => A): A[] => treeLeaves(updates).map((g) => ops.sum(of(g), axesOf(g)))
    const norm = ops.sqrt(sums((g) => ops.mul(g, g)).reduce((a, b) => ops.add(a, b)))
    const last = ops.slice(state.norms as A, [0], [1])
    const norms = ops.concat([ops.reshape(norm, [1]), last], 0)
    const largest = ops.max(
      state.largest as A,
      sums(ops.abs).reduce((a, b) => ops.max(a, b)),
    )
    const whole = ops.add(ops.sum(norms, [0]), ops.add(largest, 1))
    return [treeMap(updates, (g: A) => ops.div(g, whole)), { norms, largest }] as const
  },
})
const axesOf = ({ shape }: Shaped): number[] => shape.map((_, axis) => axis)
const isVector = (params: Params) =>
  treeMap(params as Tree<{ readonly rank: number }>, ({ rank }) => rank === 1) as never
const isMatrix = (params: Params) =>
  treeMap(params as Tree<{ readonly rank: number }>, ({ rank }) => rank === 2) as never

/** What the catalogue has no row for: stages by array operations with a state, behind a mark, under masks. */
const more: readonly Row[] = [
  row('arrayStage', () => chain(scale(0.5), heavyBall, scale(-0.1)), {}, 'a state'),
  row('arrayStage', () => chain(fourth, scale(-0.1)), {}, 'a count'),
  row('arrayStage', () => masked(fourth, isMatrix), {}, 'a count, of matrices'),
  row('arrayStage', () => chain(calmed, scale(-0.1)), {}, 'totals'),
  row('arrayStage', () => chain(masked(calmed, isMatrix), scale(-0.1)), {}, 'totals of matrices'),
  row('lbfgs', () => lbfgs(0.05), {}, 'ten pairs'),
  row('lbfgs', () => chain(masked(scaleByLbfgs({ memorySize: 3 }), isVector), scale(-0.1)), {}, 'of vectors'),
  row('masked', () => chain(masked(heavyBall, isMatrix), scale(-0.1)), {}, 'an array stage with a state'),
  row(
    'chain',
    () =>
      chain(
        scaleByAdam(),
        predictAhead({ steps: 2, learningRate: 0.1 }),
        masked(orthogonalize(), isMatrix),
        scale(-0.1),
      ),
    {},
    'a forecast before an array stage',
  ),
  row('muon', () => muon(0.1, { predictSteps: 2 }), {}, 'a forecast'),
  row(
    'lookaheadPermutation',
    () =>
      lookaheadPermutation(adam(0.05, { predictSteps: 2 }), {
        k: schedule((count) => expr.add(2, expr.less(9, count))),
      }),
    {},
    'a schedule and a forecast',
  ),
  row(
    'lookaheadPermutation',
    () => lookaheadPermutation(chain(heavyBall, scale(-0.1)), { mask: isMatrix }),
    {},
    'a signal',
  ),
  row(
    'lookaheadPermutation',
    () => lookaheadPermutation(lookaheadPermutation(sgd(0.1), { k: 2 }), { k: 3 }),
    {},
    'twice',
  ),
]

export const said: readonly Row[] = [
  ...catalogue.filter(({ name }) => !Object.values(unsaid).flat().includes(name)),
  ...more,
]
/** One row of each kind: what runs where there is no time for every row, which `npm run python` runs. */
export const short: readonly string[] = [
  'adamw, masked decay',
  'adafactor',
  'prodigy',
  'multiSteps, a forecast',
  'muon, a forecast',
  'chain, a forecast before an array stage',
  'arrayStage, a count',
  'kron',
]
export const isEvery = process.env.FOREGRAD_EVERY_ROW !== undefined

/** A pattern of the names of those to run, where somebody asks for them. */
const asked = process.env.FOREGRAD_ROWS === undefined ? undefined : new RegExp(process.env.FOREGRAD_ROWS)

/** Those that run: all of them where there is time. */
export const isRun = (name: string): boolean => asked?.test(name) ?? (isEvery || short.includes(name))
export const which = asked
  ? `the rows ${asked}`
  : isEvery
    ? 'every row'
    : 'a row of each kind (every row: npm run python)'
