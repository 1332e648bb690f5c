/** The rows of the catalogue that can be printed, those that cannot, and which of them run. */
import {
  type ArrayOps,
  arrayStage,
  chain,
  masked,
  muon,
  type Params,
  predictAhead,
  scale,
  scaleByAdam,
  type Tree,
  treeMap,
  treeZip,
} from '../../lib/core.ts'
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
  'a rule': ['projectParams', 'lookaheadPermutation'],
  'array operations': [
    'scaleByMuon, spectral',
    'scaleBySoap',
    'scaleBySoap, vectors',
    'scaleBySoap, blocks',
    'blocked',
    'blocked, rules',
    'soap',
    'scaleByGalore',
    'scaleByGalore, Lion inside',
    'galore',
    'scaleByApollo',
    'scaleByApollo, singular vectors',
    'apollo',
    'scaleByKron',
    'kron',
  ],
  'a state of trees shaped like the parameters': [
    ...['scaleByLbfgs', 'scaleByLbfgs, not scaled', 'lbfgs'],
    ...[
      'scaleByShampoo',
      'scaleByShampoo, grafted',
      'scaleByShampoo, blocks',
      'shampoo',
      'scaleByKron, one axis diagonal',
    ],
  ],
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
const axesOf = ({ shape }: Shaped): number[] => shape.map((_, axis) => axis)
const isMatrix = (params: Params) =>
  treeMap(params as Tree<{ readonly rank: number }>, ({ rank }) => rank === 2) as never

/** What the catalogue has no row for: stages by array operations with a state, behind a mark, under masks. */
const more: readonly Row[] = [
  row('arrayStage', () => chain(scale(0.5), heavyBall, scale(-0.1)), {}, 'a state'),
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
]
export const isEvery = process.env.FOREGRAD_EVERY_ROW !== undefined

/** Those that run: all of them where there is time. */
export const isRun = (name: string): boolean => isEvery || short.includes(name)
export const which = isEvery ? 'every row' : 'a row of each kind (every row: npm run python)'
