/** The rows of what sees the first gradient beside the update of what it wraps, and of L-BFGS. */
import * as f from '../../lib/index.ts'
import * as outer from '../formulas/outer.ts'
import { type Row, row } from './row.ts'

const rate = 0.05
const forecast = { predictSteps: 1.5 }
/** Its values are exact in float32. */
const half = f.linearSchedule({ initValue: 0.5, endValue: 0.25, transitionSteps: 4 })
const climb = () => f.chain(f.normalize(), f.sgd(0.25))

export const outerRows: readonly Row[] = Object.freeze([
  row('cautious', () => f.cautious(f.sgd(rate, { momentum: 0.75 })), {
    formula: outer.cautiousFormula(-rate, 0.75),
    descends: true,
  }),
  row(
    'cautious',
    () => f.cautious(f.trace({ decay: 0.75 }), { flipSign: false, minMean: 0.5 }),
    {
      formula: outer.cautiousFormula(1, 0.75, 0.5),
    },
    'a direction',
  ),
  row('cautious', () => f.cautious(f.adamw(half, { weightDecay: 0.1, ...forecast })), {}, 'adamw'),
  row('lookahead', () => f.lookahead(f.sgd(half), { syncPeriod: 2, slowStepSize: 0.5 })),
  row(
    'lookahead',
    () => f.lookahead(f.adam(rate, forecast), { syncPeriod: 3, slowStepSize: 0.25, resetState: true }),
    {},
    'the state anew',
  ),
  row('sam', () => f.sam(f.adam(rate), climb())),
  row(
    'sam',
    () => f.sam(f.adamw(rate, { weightDecay: 0.1 }), f.adam(0.1), { syncPeriod: 3, resetState: false }),
    {},
    'goes on',
  ),
  row('scheduleFree', () => f.scheduleFree(f.sgd(half), half, { b1: 0.75 }), {
    formula: outer.scheduleFreeFormula((n) => half(n), 0.75),
  }),
  row('mechanize', () => f.mechanize(f.sgd(half, { momentum: 0.75 }), { sInit: 0.5, numBetas: 3 }), {
    formula: outer.mechanizeFormula(half, 0.75, 0.5),
  }),
  row('mechanize', () => f.mechanize(f.adamw(1), { sInit: 0.125, weightDecay: 0, eps: 1e-6 }), {}, 'adamw'),
  row('scheduleFreeSgd', () => f.scheduleFreeSgd(0.1, { warmupSteps: 2, weightDecay: 0.1 }), { descends: true }),
  row('scheduleFreeAdamw', () => f.scheduleFreeAdamw(0.1, { weightDecay: 0.1 }), { descends: true }),
  row('scaleByLbfgs', () => f.scaleByLbfgs({ memorySize: 2 })),
  row('scaleByLbfgs', () => f.scaleByLbfgs({ memorySize: 3, scaleInitPrecond: false }), {}, 'not scaled'),
  row('lbfgs', () => f.lbfgs(0.5, { memorySize: 2 })),
])
