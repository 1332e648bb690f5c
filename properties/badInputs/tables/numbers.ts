/** Numbers that are none: of schedules, of counts in a state, of signals. */
import * as f from '../../../lib/index.ts'
import { donated, type Row, typeOf, weights } from '../row.ts'
import { cycle, Thing } from '../values.ts'

const noNumbers: readonly unknown[] = [
  ...[undefined, null, '0.1', Promise.resolve(0.1), 1n, Number.NaN, true, Symbol('x'), [0.1], {}, new Map()],
  ...[new Thing(), () => 0.1, f.ndarray(Float64Array.of(1), [])],
]

/** A stage that no rule can fuse with, and that never gets to run. */
const byHand = () =>
  f.opaque({
    name: 'byHand',
    init: () => ({}),
    update: () => {
      throw new Error('the stage was run')
    },
    check: () => [],
  })

type Make = (schedule: f.Schedule) => f.GradientTransformation

/** Places where a schedule may stand. */
const places: Readonly<Record<string, Make>> = {
  'the learning rate of sgd': (s) => f.sgd(s),
  'the learning rate of adam': (s) => f.adam(s),
  'a weight decay': (s) => f.adamw(0.1, { weightDecay: s }),
  scaleBySchedule: (s) => f.scaleBySchedule(s),
  'joined schedules': (s) => f.adam(f.joinSchedules([s, f.constantSchedule(1)], [5])),
  'a rate behind a stage by hand': (s) => f.chain(f.trace({ decay: 0.9 }), byHand(), f.scaleByLearningRate(s)),
  'a rate under a mask': (s) => f.masked(f.sgd(s), { w: true, b: false }),
  'a rate behind a reduction': (s) => f.chain(f.clipByGlobalNorm(1), f.scaleByLearningRate(s)),
  'a rate of one part': (s) => f.partition({ x: f.sgd(s), y: f.adam(0.1) }, { w: 'x', b: 'y' }),
}

const stepRow = (
  name: string,
  make: () => f.GradientTransformation,
  change: (state: unknown) => unknown,
  extra: f.Extra | undefined,
  told: Pick<Row, 'code' | 'paths' | 'says'>,
): Row =>
  donated(
    name,
    (donate) => {
      const tx = make()
      const [grads, params] = [weights(), weights()]
      const state = tx.init(params)
      const call = () => f.step(tx, grads, change(state) as never, params, { donate, ...(extra && { extra }) })
      return { given: { grads, params, state }, call }
    },
    told,
  )

const itself = (x: unknown): unknown => x

const schedules: readonly Row[] = Object.entries(places).flatMap(([place, make]) =>
  noNumbers.map((x, i) =>
    stepRow(`${place} that is ${typeOf(x)} (${i})`, () => make((() => x) as never), itself, undefined, {
      code: 'bad-hyperparameter',
      paths: [],
      says: 'a number after 0 updates',
    }),
  ),
)

const noCounts: readonly unknown[] = [
  ...[Number.NaN, Number.POSITIVE_INFINITY, -1, 0.5, '3', null, undefined, 2n, true, Symbol('x'), [], {}, new Map()],
  cycle(),
]
const counted: Readonly<Record<string, () => f.GradientTransformation>> = {
  adam: () => f.adam(0.1),
  'adam behind a stage by hand': () => f.chain(byHand(), f.adam(0.1)),
  'sgd with a schedule': () => f.sgd(() => 0.1),
}
const withCount = (state: unknown, count: unknown): unknown =>
  f.treeMap(state as f.Tree<unknown>, (x) => (x === 0 ? count : x))

const counts: readonly Row[] = Object.entries(counted).flatMap(([name, make]) =>
  noCounts.map((x, i) =>
    stepRow(`${name}: the count ${typeOf(x)} (${i})`, make, (state) => withCount(state, x), undefined, {
      code: 'tree-mismatch',
      paths: [],
      says: 'count',
    }),
  ),
)

const { mul, neg } = f.expr
const bySignal = () =>
  f.rule({ name: 'own', slots: {}, update: ({ g }) => ({ u: mul(neg(f.signal('lr')), g), next: {} }) })
const noSignals = noNumbers.filter((x) => x !== true && x !== undefined && x !== null)
const signals: readonly Row[] = [
  ...noSignals.flatMap((lr, i) => [
    stepRow(`the signal ${typeOf(lr)} (${i})`, bySignal, itself, { lr } as never, {
      code: 'bad-argument',
      paths: ['own: extra.lr'],
    }),
    stepRow(
      `the signal ${typeOf(lr)} behind a stage by hand (${i})`,
      () => f.chain(byHand(), bySignal()),
      itself,
      { lr } as never,
      { code: 'bad-argument', paths: [], says: 'extra.lr' },
    ),
  ]),
  ...[{}, undefined, Object.create({ lr: 1 }), { Lr: 1 }].map((extra, i) =>
    stepRow(`no signal (${i})`, bySignal, itself, extra, {
      code: i === 2 ? 'bad-argument' : 'missing-signal',
      paths: i === 2 ? [] : ['own: extra.lr'],
    }),
  ),
  stepRow(
    'a signal named as a member of Object.prototype',
    () =>
      f.rule({
        name: 'own',
        slots: {},
        update: ({ g }) => ({ u: mul(f.signal('constructor'), g), next: {} }),
      }),
    itself,
    {},
    { code: 'missing-signal', paths: ['own: extra.constructor'] },
  ),
]

export const numbers: readonly Row[] = [...schedules, ...counts, ...signals]
