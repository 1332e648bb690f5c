/** The rows of the directions and optimizers that came after the first. */
import * as f from '../../lib/index.ts'
import * as adaptive from '../formulas/adaptive.ts'
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

const rules: readonly Row[] = [
  row('scaleByAdamax', () => f.scaleByAdamax(), { formula: adaptive.adamaxFormula() }),
  row('scaleByAdadelta', () => f.scaleByAdadelta(), { formula: adaptive.adadeltaFormula() }),
  row('scaleByAdan', () => f.scaleByAdan(), { formula: adaptive.adanFormula(0) }),
  row('scaleByRadam', () => f.scaleByRadam({ b2: 0.9 }), { formula: adaptive.radamFormula(0.9) }),
  row(
    'scaleByRadam',
    () => f.scaleByRadam({ b2: 0.9, threshold: 1.5 }),
    { formula: adaptive.radamFormula(0.9, 1.5, 0.9) },
    'a low threshold',
  ),
  row('scaleByRadam', () => f.scaleByRadam({ nesterov: true }), {}, 'nesterov'),
  row('scaleByYogi', () => f.scaleByYogi(), { formula: adaptive.yogiFormula() }),
  row('scaleByRprop', () => f.scaleByRprop({ learningRate: 0.1 }), { formula: steps.rpropFormula(0.1, true) }),
  row(
    'scaleByRprop',
    () => f.scaleByRprop({ learningRate: 0.1, delay: false }),
    { formula: steps.rpropFormula(0.1, false) },
    'without delay',
  ),
  row('scaleByNovograd', () => f.scaleByNovograd(), { formula: adaptive.novogradFormula(1e-8, 0) }),
  row('scaleByOptimisticGradient', () => f.scaleByOptimisticGradient({ alpha: 0.6, beta: 0.3 }), {
    formula: steps.optimisticFormula(0.6, 0.3),
  }),
  row('scaleByPolyak', () => f.scaleByPolyak()),
  row('scaleByPolyak', () => f.scaleByPolyak({ variant: 'sps+', fMin: 0.5, eps: 0.1 }), {}, 'sps+'),
]

const optimizers: readonly Row[] = [
  row('nadam', () => f.nadam(rate), rated(first.nadamFormula())),
  row('nadamw', () => f.nadamw(rate, { weightDecay: 0.1, ...forecast }), {
    ...descends(first.decayed(first.nadamFormula(), rate, 0.1)),
  }),
  row('adamax', () => f.adamax(rate), rated(adaptive.adamaxFormula())),
  row('adamaxw', () => f.adamaxw(rate, { weightDecay: 0.1, ...forecast }), {
    ...descends(first.decayed(adaptive.adamaxFormula(), rate, 0.1)),
  }),
  row('adadelta', () => f.adadelta(1), descends(inTurn(adaptive.adadeltaFormula(), first.times(-1)))),
  row('adadelta', () => f.adadelta(), { formula: adaptive.adadeltaFormula() }, 'no learning rate: uphill'),
  row(
    'adadelta',
    () => f.adadelta(half, { weightDecay: 0.1, weightDecayMask: isVector, ...forecast }),
    { descends: true },
    'decay and forecast',
  ),
  row('adan', () => f.adan(rate, { weightDecay: 0.1 }), {
    ...descends(first.decayed(adaptive.adanFormula(1e-8), rate, 0.1)),
  }),
  row('radam', () => f.radam(rate, { b2: 0.9, ...forecast }), rated(adaptive.radamFormula(0.9))),
  row('yogi', () => f.yogi(rate), rated(adaptive.yogiFormula())),
  row('signSgd', () => f.signSgd(rate), rated(first.inSign)),
  row('signum', () => f.signum(rate), rated(inTurn(first.emaFormula(0.9, false), first.inSign))),
  row('rprop', () => f.rprop(rate, forecast), descends(inTurn(steps.rpropFormula(rate, true), first.times(-1)))),
  row('novograd', () => f.novograd(rate, { weightDecay: 0.1 }), rated(adaptive.novogradFormula(1e-6, 0.1))),
  row('lars', () => f.lars(1, { weightDecay: 0.1 }), {
    ...descends(inTurn(first.decayFormula(0.1), steps.ratioFormula(0, 1e-3), first.times(-1), first.traceFormula(0.9))),
  }),
  row(
    'lars',
    () => f.lars(half, { weightDecay: 0.1, weightDecayMask: isVector, trustRatioMask: isVector, ...forecast }),
    { descends: true },
    'masks and forecast',
  ),
  row('fromage', () => f.fromage(rate, forecast), descends(steps.fromageFormula(rate))),
  row('fromage', () => f.fromage(half), { descends: true }, 'a schedule'),
  row('optimisticGradientDescent', () => f.optimisticGradientDescent(rate), rated(steps.optimisticFormula(1, 1))),
  row('optimisticAdam', () => f.optimisticAdam(rate, { optimism: 0.03, nesterov: false, ...forecast }), {
    ...descends(inTurn(first.adamFormula(), steps.optimisticFormula(rate, 0.03), first.times(-1))),
  }),
  row('optimisticAdamV2', () => f.optimisticAdamV2(rate, { alpha: 0.8, beta: 0.6 }), {
    ...rated(inTurn(first.nadamFormula(), steps.optimisticFormula(0.8, 0.6))),
  }),
  row('polyakSgd', () => f.polyakSgd({ scaling: half, ...forecast })),
]

export const directions: readonly Row[] = Object.freeze([...rules, ...optimizers])
