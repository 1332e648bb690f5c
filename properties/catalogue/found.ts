/** The rows of optimizers that find their own step size, and of numbers that live with the engine. */
import * as f from '../../lib/index.ts'
import * as found from '../formulas/found.ts'
import * as first from '../formulas.ts'
import { inTurn } from '../laws/formula.ts'
import { type Row, row } from './row.ts'

const forecast = { predictSteps: 1.5 }
/** Its values are exact in float32. */
const half = f.linearSchedule({ initValue: 0.5, endValue: 0.25, transitionSteps: 4 })
const heuristic = (a: number) => found.dogFormula((p) => a * (1 + found.norm(p)))

export const foundRows: readonly Row[] = Object.freeze([
  row('injectHyperparams', () => f.injectHyperparams(f.adamw)(0.05, { weightDecay: half, b1: 0.75, ...forecast }), {
    descends: true,
  }),
  row('injectHyperparams', () => f.injectHyperparams(f.clipByGlobalNorm)(half), {}, 'a bound'),
  row('centralize', () => f.centralize()),
  row('adaptiveGradClip', () => f.adaptiveGradClip(0.5, { eps: 0.1 })),
  row('scaleByFactoredRms', () => f.scaleByFactoredRms({ minDimSizeToFactor: 2, epsilon: 1e-3 })),
  row('scaleByFactoredRms', () => f.scaleByFactoredRms({ factored: false, epsilon: 1e-3 }), {}, 'not factored'),
  row('scaleBySm3', () => f.scaleBySm3({ eps: 1e-3 })),
  row('scaleBySm3', () => f.scaleBySm3({ b1: 0.5, b2: 0.75, eps: 1e-3 }), {}, 'averaged'),
  row('sm3', () => f.sm3(0.05, forecast), { descends: true }),
  row('adafactor', () => f.adafactor(0.05, { minDimSizeToFactor: 2, eps: 1e-3, ...forecast })),
  row(
    'adafactor',
    () =>
      f.adafactor(half, {
        ...{ minDimSizeToFactor: 2, eps: 1e-3, clippingThreshold: null, momentum: 0.5, weightDecayRate: 0.1 },
        multiplyByParameterScale: false,
      }),
    {},
    'momentum and decay',
  ),
  row('record', () => f.record('norm', ({ g, p }) => f.expr.normTree(f.expr.sub(g, p))), { formula: first.times(1) }),
  row('snapshot', () => f.snapshot('norm', f.expr.normLeaf), { formula: first.times(1) }),
  row('monitor', () => f.monitor({ most: f.expr.maxTree, mean: f.measureWithEma(f.expr.normLeaf, 0.75) }), {
    formula: first.times(1),
  }),
  row('applyIfFinite', () =>
    f.applyIfFinite(f.adamw(half, { weightDecay: 0.1, ...forecast }), { maxConsecutiveErrors: 1 }),
  ),
  row(
    'applyIfFinite',
    () => f.applyIfFinite(f.sgd(0.25), { maxConsecutiveErrors: 2 }),
    {
      formula: first.times(-0.25),
      descends: true,
    },
    'sgd',
  ),
  row(
    'multiSteps',
    () => f.multiSteps(f.adam(0.1), { everyKSchedule: 2, shouldSkipUpdateFn: f.skipNotFinite }),
    {},
    'not finite ones skipped',
  ),
  row(
    'multiSteps',
    () =>
      f.multiSteps(f.chain(f.clipByGlobalNorm(1), f.trace({ decay: 0.5 })), {
        everyKSchedule: 1,
        shouldSkipUpdateFn: (g, step, p) => f.skipLargeUpdates(g, step, p, 4),
      }),
    {},
    'large ones skipped',
  ),
  row('scaleByDog', () => f.scaleByDog({ initStep: ['heuristic', 0.01] }), { formula: heuristic(0.01) }),
  row('scaleByDowg', () => f.scaleByDowg({ initEstimSqDist: 0.5 }), { formula: found.dowgFormula(0.5) }),
  row('prodigy', () => f.prodigy(0.5, { weightDecay: 0.1, estimLr0: 0.01, ...forecast }), {
    formula: found.prodigyFormula(0.5, 0.1, 0.01),
    descends: true,
  }),
  row('prodigy', () => f.prodigy(half, { safeguardWarmup: true, estimLr0: 0.01 }), {}, 'safe in warm-up'),
  row('dadaptAdamw', () => f.dadaptAdamw(0.5, { weightDecay: 0.1, estimLr0: 0.01, ...forecast }), {
    formula: found.dadaptFormula(0.5, 0.1, 0.01),
    descends: true,
  }),
  row('dog', () => f.dog({ initStep: ['distance', 0.1], ...forecast }), {
    formula: inTurn(
      found.dogFormula(() => 0.1),
      first.times(-1),
    ),
    descends: true,
  }),
  row('dog', () => f.dog(half, { initStep: ['learning_rate', 0.5], weightDecay: 0.1 }), {}, 'a first rate'),
  row('dowg', () => f.dowg({ initEstimSqDist: 0.25, ...forecast }), {
    formula: inTurn(found.dowgFormula(0.25), first.times(-1)),
    descends: true,
  }),
  row('momo', () => f.momo(0.1, { weightDecay: 0.1, ...forecast })),
  row('momo', () => f.momo(half, { adaptLowerBound: true, lowerBound: -1 }), {}, 'a bound that adapts'),
  row('momoAdam', () => f.momoAdam(0.1, { weightDecay: 0.1, eps: 1e-3, ...forecast })),
  row(
    'momoAdam',
    () => f.momoAdam(half, { adaptLowerBound: true, lowerBound: -1, eps: 1e-3 }),
    {},
    'a bound that adapts',
  ),
])
