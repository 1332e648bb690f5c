/** What is no transformation, wherever one is taken. */
import * as f from '../../../lib/index.ts'
import { toOptax } from '../../../lib/python.ts'
import { against, donated, goodLoss, plain, type Row, weights } from '../row.ts'
import { noFunctions, noTransformations, Thing } from '../values.ts'

const hand = { name: 'hand', init: () => ({}), project: (p: unknown, s: unknown) => [p, s] } as never
const key = f.seedKey(1)

/** The place that is told, and the call. */
const takers: Readonly<Record<string, (tx: never) => unknown>> = {
  float64: f.float64,
  show: f.show,
  explain: f.explain,
  toOptax,
  'masked: inner': (tx) => f.masked(tx, true),
  'chain: stage 0': (tx) => f.chain(tx),
  'chain: stage 1': (tx) => f.chain(f.scale(1), tx),
  'partition: a': (tx) => f.partition({ a: tx }, 'a' as never),
  'blocked: inner': (tx) => f.blocked(tx, { size: 2 }),
  'switchEma: inner': (tx) => f.switchEma(tx),
  'multiSteps: inner': (tx) => f.multiSteps(tx, { everyKSchedule: 2 }),
  'applyIfFinite: inner': (tx) => f.applyIfFinite(tx, { maxConsecutiveErrors: 1 }),
  'cautious: inner': (tx) => f.cautious(tx),
  'scheduleFree: baseOptimizer': (tx) => f.scheduleFree(tx, 0.1),
  'mechanize: baseOptimizer': (tx) => f.mechanize(tx),
  'lookahead: fastOptimizer': (tx) => f.lookahead(tx, { syncPeriod: 2, slowStepSize: 0.5 }),
  'sam: optimizer': (tx) => f.sam(tx, f.sgd(0.1)),
  'sam: advOptimizer': (tx) => f.sam(f.sgd(0.1), tx),
  'projectParams: inner': (tx) => f.projectParams(tx, hand),
  'lookaheadPermutation: inner': (tx) => f.lookaheadPermutation(tx, { k: 2 }),
}

/** The same of those that train, with `donate`. */
const drivers: Readonly<Record<string, (tx: never, donate: boolean) => unknown>> = {
  withGradient: (tx, donate) => f.withGradient(goodLoss, tx, { donate }),
  withLookaheadGradient: (tx, donate) => f.withLookaheadGradient(goodLoss, tx, { donate }),
  withPairedGradient: (tx, donate) => f.withPairedGradient(goodLoss, tx, { donate }),
  withSampledGradient: (tx, donate) => f.withSampledGradient(goodLoss, tx, { donate, key }),
  withHessianDiagonal: (tx, donate) =>
    f.withHessianDiagonal(goodLoss, tx, { donate, estimator: (_, params) => params }),
  trainer: (tx, donate) => f.trainer(goodLoss, tx, { donate }),
}

const told = (path: string) => ({ code: 'bad-rule', paths: [path] }) as const

const noStages: readonly (readonly [string, () => unknown, ...(readonly string[])])[] = [
  ['two of three stages', () => f.chain(1 as never, f.scale(1), null as never), 'chain: stage 0', 'chain: stage 2'],
  ['a list of stages', () => f.chain([f.scale(1)] as never), 'chain: stage 0'],
  ['a promise of a stage', () => f.chain(Promise.resolve(f.scale(1)) as never), 'chain: stage 0'],
  ['a function that makes a stage', () => f.chain((() => f.scale(1)) as never), 'chain: stage 0'],
  ['a class', () => f.chain(Thing as never), 'chain: stage 0'],
]

/** Functions written by hand. */
const spec = { name: 'mine', init: () => ({}), update: (u: unknown, s: unknown) => [u, s] }
const hands: Row[] = [
  ...(['init', 'update'] as const).flatMap((field) =>
    against(noFunctions, (x, name) =>
      plain(`opaque: ${field} ${name}`, () => f.opaque({ ...spec, [field]: x } as never), told(`opaque: ${field}`)),
    ),
  ),
  ...[undefined, null, '', 0, Symbol('x'), {}, ['mine']].map((x, i) =>
    plain(`opaque: name ${i}`, () => f.opaque({ ...spec, name: x } as never), told('opaque: name')),
  ),
  plain('opaque: a field too many', () => f.opaque({ ...spec, updat: 1 } as never), told('opaque: updat')),
  plain('opaque: a key of Object.prototype', () => f.opaque({ ...spec, constructor: 1 } as never), {
    ...told('opaque: constructor'),
  }),
  plain('projectParams: no project', () => f.projectParams(f.scale(1), { ...spec } as never), {
    code: 'bad-rule',
    paths: ['projectParams: project', 'projectParams: update'],
  }),
]

const marks: Row[] = [
  ...[false, true].flatMap((donate) => [
    plain(
      `withGradient of a chain with a mark ${donate}`,
      () => f.withGradient(goodLoss, f.adam(0.1, { predictSteps: 1 }), { donate }),
      told('withGradient: chain'),
    ),
    plain(
      `withPairedGradient of a chain with a mark ${donate}`,
      () => f.withPairedGradient(goodLoss, f.adam(0.1, { predictSteps: 1 }), { donate }),
      told('withPairedGradient: chain'),
    ),
    plain(
      `withPairedGradient of what reads no second gradient ${donate}`,
      () => f.withPairedGradient(goodLoss, f.adam(0.1), { donate }),
      told('withPairedGradient: chain'),
    ),
    plain(
      `withLookaheadGradient of what has no mark ${donate}`,
      () => f.withLookaheadGradient(goodLoss, f.adam(0.1), { donate }),
      { code: 'bad-rule', paths: [], says: 'a mark' },
    ),
  ]),
  plain('two marks', () => f.chain(f.adam(0.1, { predictSteps: 1 }), f.predictAhead()), {
    code: 'bad-rule',
    paths: [],
    says: 'one mark in a chain',
  }),
]

export const transformations: readonly Row[] = [
  ...Object.entries(takers).flatMap(([path, call]) =>
    against(noTransformations, (x, name) => plain(`${path} ${name}`, () => call(x as never), told(path))),
  ),
  ...Object.entries(drivers).flatMap(([where, call]) =>
    against(noTransformations, (x, name) =>
      donated(`${where}: tx ${name}`, (donate) => ({ call: () => call(x as never, donate) }), told(`${where}: tx`)),
    ),
  ),
  ...against(noTransformations, (x, name) =>
    donated(
      `step: tx ${name}`,
      (donate) => {
        const given = { grads: weights(), params: weights(), state: [] }
        return { given, call: () => f.step(x as never, given.grads, [] as never, given.params, { donate }) }
      },
      told('step'),
    ),
  ),
  ...noStages.map(([name, call, ...paths]) => plain(name, call, { code: 'bad-rule', paths })),
  ...hands,
  ...marks,
]
