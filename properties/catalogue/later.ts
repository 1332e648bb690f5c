/** The rows of what optax's contrib, later papers and torch add, and of small transformations. */
import * as f from '../../lib/index.ts'
import * as later from '../formulas/later.ts'
import * as steps from '../formulas/steps.ts'
import * as first from '../formulas.ts'
import { inTurn } from '../laws/formula.ts'
import type { Formula } from '../laws/subject.ts'
import { type Row, row } from './row.ts'

const rate = 0.05
const forecast = { predictSteps: 1.5 }
const descends = (formula: Formula) => ({ descends: true, formula })
const rated = (direction: Formula) => descends(inTurn(direction, first.times(-rate)))
/** Its values are exact in float32. */
const half = f.linearSchedule({ initValue: 0.5, endValue: 0.25, transitionSteps: 4 })

const isVector = (params: f.Params) => f.treeMap(params as f.Tree<{ readonly rank: number }>, ({ rank }) => rank < 2)

const { add, div, mul, sqrt, square, sub } = f.expr
const smooth = (x: f.expr.Expr<'cell'>) => div(x, sqrt(add(square(x), 1)))
const curvature = { hessianDiagonalFn: f.stateless(({ g }) => square(g)), updateInterval: 2, gamma: 1 }
/** Coarser than the defaults, which lose all digits where a gradient repeats. */
const coarse = { eps: 1e-3, epsRoot: 1e-3 }

const rules: readonly Row[] = [
  row('scaleByParamBlockNorm', () => f.scaleByParamBlockNorm({ minScale: 0.1 }), {
    formula: steps.paramBlockFormula('norm', 0.1),
  }),
  row('scaleByParamBlockRms', () => f.scaleByParamBlockRms(), { formula: steps.paramBlockFormula('rms', 1e-3) }),
  row('normalizeByUpdateNorm', () => f.normalizeByUpdateNorm({ scaleFactor: 0.5, eps: 1e-3 }), {
    formula: steps.normalizedFormula(0.5, 1e-3),
  }),
  row('addNoise', () => f.addNoise({ eta: 0.25, gamma: 0.5, key: 3 }), {
    reference: f.rule({
      name: 'givenNoise',
      slots: { count: f.counter },
      update: ({ g }, { count }) => {
        const t = add(count, 1)
        return { u: add(g, mul(div(0.5, sqrt(sqrt(t))), f.extraTree('addedNoise'))), next: { count: t } }
      },
    }),
  }),
  row('noisySgd', () => f.noisySgd(half, { eta: 0.01, gamma: 1, key: 3, ...forecast })),
  row('normalize', () => f.normalize(), { formula: steps.normalizedFormula() }),
  row('keepParamsNonnegative', () => f.keepParamsNonnegative(), { formula: steps.nonnegativeFormula }),
  row('stateless', () => f.stateless(({ g }) => mul(0.5, g)), { formula: first.times(0.5) }),
  row('statelessWithTreeMap', () => f.statelessWithTreeMap((g, p) => sub(g, mul(-0.25, p))), {
    formula: first.decayFormula(0.25),
  }),
  row(
    'scaleByDistanceOverGradients',
    () => f.scaleByDistanceOverGradients({ repsRel: 0.01, eps: 1e-6, globalScale: 2 }),
    { formula: steps.distanceFormula(0.01, 1e-6, 2) },
  ),
  row('reduceOnPlateau', () => f.reduceOnPlateau({ factor: 0.5, patience: 1, cooldown: 1, accumulationSize: 2 })),
  row('scaleByAcprop', () => f.scaleByAcprop(coarse), { formula: later.acpropFormula(1e-3) }),
  row('scaleByAcprop', () => f.scaleByAcprop(), {}, 'defaults'),
  row('scaleByAdemamix', () => f.scaleByAdemamix(), { formula: later.ademamixFormula(6) }),
  row('scaleByAdemamix', () => f.scaleByAdemamix({ b3: half, alpha: half }), {}, 'schedules'),
  row('scaleBySimplifiedAdemamix', () => f.scaleBySimplifiedAdemamix({ alpha: 2 }), {
    formula: later.simplifiedAdemamixFormula(2),
  }),
  row('scaleByAdopt', () => f.scaleByAdopt(), { formula: later.adoptFormula(true) }),
  row(
    'scaleByAdopt',
    () => f.scaleByAdopt({ nesterov: true, useClipping: false }),
    { formula: later.adoptFormula(false, true) },
    'nesterov, not clipped',
  ),
  row('scaleByAdopt', () => f.scaleByAdopt({ clipValueFn: (count) => count / 2 }), {}, 'a clip of its own'),
  row('scaleByMadgrad', () => f.scaleByMadgrad(rate), { formula: later.madgradFormula(rate, 0) }),
  row('scaleByCocob', () => f.scaleByCocob(), { formula: later.cocobFormula() }),
  row('scaleByNadam', () => f.scaleByNadam(), { formula: later.torchNadamFormula() }),
  row('scaleByLaprop', () => f.scaleByLaprop(), { formula: later.lapropFormula() }),
  row('scaleByStableAdam', () => f.scaleByStableAdam(), { formula: later.stableAdamFormula(0) }),
  row('scaleByLionK', () => f.scaleByLionK({ b1: 0.75, b2: 0.5 }), {
    formula: first.lionFormula({ b1: 0.75, b2: 0.5 }),
  }),
  row('scaleBySophia', () => f.scaleBySophia(curvature), { formula: later.sophiaFormula(1) }),
  row('scaleBySophia', () => f.scaleBySophia({ updateInterval: 2 }), {}, 'the curvature given'),
  row(
    'trace',
    () => f.trace({ decay: 0.9, dampening: 0.5 }),
    { formula: steps.dampedTraceFormula(0.9, 0.5) },
    'dampening',
  ),
  row('scaleByAmsgrad', () => f.scaleByAmsgrad({ raw: true }), { formula: later.rawAmsgradFormula() }, 'raw'),
  row('grokfastEma', () => f.grokfastEma(), { formula: later.grokfastFormula() }),
  row('addCautiousDecayedWeights', () => f.addCautiousDecayedWeights({ weightDecay: 0.1 }), {
    formula: steps.cautiousDecayFormula(0.1),
  }),
  row(
    'addCautiousDecayedWeights',
    () => f.addCautiousDecayedWeights({ weightDecay: half, mask: isVector }),
    {},
    'masked',
  ),
  row(
    'scaleByLearningRate',
    () => f.scaleByLearningRate(rate, { flipSign: false }),
    {
      formula: first.times(rate),
    },
    'the sign as it is',
  ),
]

const optimizers: readonly Row[] = [
  row('acprop', () => f.acprop(rate, { ...coarse, weightDecay: 0.1, ...forecast }), {
    ...descends(first.decayed(later.acpropFormula(1e-3), rate, 0.1)),
  }),
  row('ademamix', () => f.ademamix(rate, { weightDecay: 0.1, ...forecast }), {
    ...descends(first.decayed(later.ademamixFormula(5), rate, 0.1)),
  }),
  row('simplifiedAdemamix', () => f.simplifiedAdemamix(0.005, { weightDecay: 0.1 }), {
    ...descends(first.decayed(later.simplifiedAdemamixFormula(0), 0.005, 0.1)),
  }),
  row('adopt', () => f.adopt(rate, forecast), rated(later.adoptFormula(true))),
  row('madgrad', () => f.madgrad(rate, { weightDecay: 0.1, ...forecast }), {
    ...descends(later.madgradFormula(rate, 0.1)),
  }),
  row('cocob', () => f.cocob(), descends(later.cocobFormula())),
  row('cocob', () => f.cocob(half, { weightDecay: 0.1, mask: isVector, ...forecast }), { descends: true }, 'decay'),
  row('laprop', () => f.laprop(rate, { weightDecay: 0.1 }), {
    ...descends(first.decayed(later.lapropFormula(), rate, 0.1)),
  }),
  row('stableAdamw', () => f.stableAdamw(rate, forecast), rated(later.stableAdamFormula(0.01))),
  row(
    'stableAdamw',
    () => f.stableAdamw(half, { weightDecay: 0.1, mask: isVector }),
    { descends: true },
    'masked decay',
  ),
  row('lionK', () => f.lionK(rate, { b1: 0.75, b2: 0.5, gradient: smooth, weightDecay: 0.1, ...forecast }), {
    ...descends(first.decayed(steps.smoothLionFormula(), rate, 0.1)),
  }),
  row('sophia', () => f.sophia(rate, { ...curvature, weightDecay: 0.1 }), {
    ...descends(first.decayed(later.sophiaFormula(1), rate, 0.1)),
  }),
  row(
    'sgd',
    () => f.sgd(rate, { momentum: 0.9, dampening: 0.5, ...forecast }),
    rated(steps.dampedTraceFormula(0.9, 0.5)),
    'dampening',
  ),
  row(
    'adabelief',
    () => f.adabelief(rate, { ...coarse, weightDecay: 0.1, mask: true, ...forecast }),
    descends(first.decayed(first.beliefFormula(), rate, 0.1)),
    'decay',
  ),
  row('asgd', () => f.asgd(rate, { lambd: 0.1, t0: 1, ...forecast }), descends(steps.asgdFormula(rate, 0.1))),
]

export const laterRows: readonly Row[] = Object.freeze([...rules, ...optimizers])
