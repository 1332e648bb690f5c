/** Rows of which it is known how their updates follow the size of the gradients, and whether the origin of the parameters counts. */
import type { SubjectOptions } from '../laws/subject.ts'
import type { Row } from './row.ts'

/** Linear in the gradients. */
const linear: readonly string[] = [
  ...['identity', 'scale', 'scaleByLearningRate', 'scaleByLearningRate, a schedule', 'scaleBySchedule'],
  ...['ema', 'ema, biased', 'trace', 'trace, nesterov', 'trace, dampening'],
  ...['predictAhead', 'predictAhead, schedules', 'sgd', 'sgd, momentum and forecast', 'sgd, dampening'],
  ...['scaleByOptimisticGradient', 'optimisticGradientDescent', 'stateless', 'centralize', 'grokfastEma'],
  ...['applyIfFinite, sgd', 'lookahead', 'scheduleFree', 'opaque', 'arrayStage', 'scaleByShape'],
]

/** The size of the gradients does not count, exactly: signs, and quotients without an eps. */
const invariant: readonly string[] = [
  ...['scaleBySign', 'scaleByLion', 'scaleByRprop', 'scaleByRprop, without delay', 'scaleByLionK'],
  ...['signSgd', 'signum', 'rprop', 'normalize', 'scion, unconstrained'],
]

/** Nor here, but for an eps beside numbers of everyday size. */
const upToEps: readonly string[] = [
  ...['scaleByAdam', 'scaleByAdam, nesterov', 'scaleByAmsgrad', 'scaleByAmsgrad, raw', 'scaleByAdamax', 'scaleByAdan'],
  ...['scaleByNadam', 'scaleByNovograd', 'scaleByAdemamix', 'scaleBySimplifiedAdemamix', 'scaleByStableAdam'],
  ...['adam', 'adam, a schedule and forecast', 'amsgrad', 'amsgrad, raw', 'adamax', 'nadam', 'optimisticAdam', 'lamb'],
  ...['scaleByBelief, defaults', 'scaleByAdam3', 'scaleByScion', 'scaleByAdamMini', 'scaleByAdamMini, by leaf'],
  ...['scaleBySoap', 'dowg', 'scaleByDowg'],
]

/** Parameters, or what they began at, are read and yet it does not matter where the origin is. */
const shifted: readonly string[] = [
  ...['adadelta', 'scaleByMadgrad', 'scaleByCocob', 'cocob', 'lookahead', 'scheduleFree', 'sam', 'dog', 'dowg'],
  ...['scaleByDowg', 'scaleByLbfgs', 'lbfgs', 'trackFlips', 'record', 'prodigy, safe in warm-up'],
]

const known: readonly (readonly [readonly string[], SubjectOptions])[] = [
  [linear, { scales: { degree: 1 } }],
  [invariant, { scales: { degree: 0 } }],
  [upToEps, { scales: { degree: 0, within: 1e-3 } }],
  [shifted, { shifts: true }],
]

/** Every row that is named here, and what for. */
export const symmetries: readonly (readonly [string, SubjectOptions])[] = known.flatMap(([names, options]) =>
  names.map((name) => [name, options] as const),
)

/** A row with what is known of its symmetries. */
export const withSymmetries = (row: Row): Row =>
  Object.assign({}, row, ...symmetries.filter(([name]) => name === row.name).map(([, options]) => options)) as Row
