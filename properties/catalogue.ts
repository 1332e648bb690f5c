/**
 * Every transformation that the package exports, one row or more each. A row buys all the laws; a test holds the rows against the exports of
 * `lib/index.ts`.
 */
import * as tf from '@tensorflow/tfjs-core'
import * as f from '../lib/index.ts'
import { type GradientTransformation, type Params, treeMap } from '../lib/index.ts'
import * as losses from '../lib/losses.ts'
import * as trees from '../lib/tree.ts'
import { directions } from './catalogue/directions.ts'
import { foundRows } from './catalogue/found.ts'
import { laterRows } from './catalogue/later.ts'
import { matrixRows } from './catalogue/matrix.ts'
import { outerRows } from './catalogue/outer.ts'
import { type Row, row } from './catalogue/row.ts'
import { withSymmetries } from './catalogue/symmetries.ts'
import * as formulas from './formulas.ts'
import { inTurn } from './laws/formula.ts'

export type { Row }

const rate = 0.05
const optimizer = { descends: true }
/** Its values are exact in float32. */
const half = f.linearSchedule({ initValue: 0.5, endValue: 0.25, transitionSteps: 4 })

/** Leaves of rank 1 and less, by a function; the rest by another answer. */
const isVector = (params: Params) => treeMap(params as f.Tree<{ readonly rank: number }>, ({ rank }) => rank < 2)
const kinds = (params: Params) =>
  treeMap(isVector(params), (vector) => (vector ? 'vector' : 'matrix') as 'vector' | 'matrix')

const isScalar = (params: Params) => treeMap(params as f.Tree<{ readonly rank: number }>, ({ rank }) => rank === 0)
const isMatrix = (params: Params) => treeMap(params as f.Tree<{ readonly rank: number }>, ({ rank }) => rank === 2)

const upToMatrix = (params: Params) => treeMap(params as f.Tree<{ readonly rank: number }>, ({ rank }) => rank <= 2)

/** The last axis stays, the others are averaged over. */
const reduced = (_: string, shape: readonly number[]) => shape.map((d, axis) => (axis === shape.length - 1 ? d : 1))

/** Halves updates: a stage that nothing is known of. */
export const handwritten = (): GradientTransformation =>
  f.opaque({
    name: 'handwritten',
    init: () => ({}),
    update: (updates, state) => [treeMap(updates, (u) => tf.mul(u, 0.5)), state],
    float64: {
      init: () => ({}),
      update: (updates, state) => [
        treeMap(updates, ({ data, shape }) =>
          f.ndarray(
            data.map((x) => x / 2),
            shape,
          ),
        ),
        state,
      ],
    },
  })

const rules: readonly Row[] = [
  row('identity', () => f.identity(), { formula: formulas.times(1) }),
  row('scale', () => f.scale(-0.3), { formula: formulas.times(-0.3) }),
  row('scaleByLearningRate', () => f.scaleByLearningRate(rate), { formula: formulas.times(-rate) }),
  row(
    'scaleByLearningRate',
    () => f.scaleByLearningRate(half),
    {
      formula: formulas.scheduleFormula((count) => -(0.5 - 0.0625 * Math.min(count, 4))),
    },
    'a schedule',
  ),
  row('scaleByLearningRate', () => f.scaleByLearningRate(), { formula: formulas.times(1) }, 'absent'),
  row('scaleBySchedule', () => f.scaleBySchedule((count) => 1 / (1 + count)), {
    formula: formulas.scheduleFormula((count) => 1 / (1 + count)),
  }),
  row('scaleBySign', () => f.scaleBySign(), { formula: formulas.inSign }),
  row('clip', () => f.clip(1), { formula: formulas.clipFormula(1) }),
  row('clipByGlobalNorm', () => f.clipByGlobalNorm(1), { formula: formulas.clipByGlobalNormFormula(1) }),
  row('clipByBlockRms', () => f.clipByBlockRms(1), { formula: formulas.clipByBlockRmsFormula(1) }),
  row('setToZero', () => f.setToZero(), { formula: formulas.times(0) }),
  row('zeroNans', () => f.zeroNans(), { formula: formulas.times(1) }),
  row('ema', () => f.ema({ decay: 0.9 }), { formula: formulas.emaFormula(0.9, true) }),
  row('ema', () => f.ema({ decay: 0.9, debias: false }), { formula: formulas.emaFormula(0.9, false) }, 'biased'),
  row('trace', () => f.trace({ decay: 0.9 }), { formula: formulas.traceFormula(0.9) }),
  row(
    'trace',
    () => f.trace({ decay: 0.9, nesterov: true }),
    { formula: formulas.traceFormula(0.9, true) },
    'nesterov',
  ),
  row('addDecayedWeights', () => f.addDecayedWeights({ weightDecay: 0.1 }), { formula: formulas.decayFormula(0.1) }),
  row('addDecayedWeights', () => f.addDecayedWeights({ weightDecay: half, mask: isVector }), {}, 'masked'),
  row('predictAhead', () => f.predictAhead({ steps: 2, learningRate: 0.1 }), { formula: formulas.times(1) }),
  row('predictAhead', () => f.predictAhead({ steps: (count) => count, learningRate: half }), {}, 'schedules'),
  row('scaleByAdam', () => f.scaleByAdam(), { formula: formulas.adamFormula() }),
  row(
    'scaleByAdam',
    () => f.scaleByAdam({ b1: 0.5, b2: 0.7, epsRoot: 1e-3 }),
    {
      formula: formulas.adamFormula({ b1: 0.5, b2: 0.7, epsRoot: 1e-3 }),
    },
    'other constants',
  ),
  row('scaleByAdam', () => f.scaleByAdam({ nesterov: true }), { formula: formulas.nadamFormula() }, 'nesterov'),
  row('scaleByAmsgrad', () => f.scaleByAmsgrad(), { formula: formulas.amsgradFormula() }),
  row('scaleByBelief', () => f.scaleByBelief({ eps: 1e-3, epsRoot: 1e-3 }), { formula: formulas.beliefFormula() }),
  row('scaleByBelief', () => f.scaleByBelief(), {}, 'defaults'),
  row('scaleByAdam3', () => f.scaleByAdam3(), { formula: formulas.adam3Formula() }),
  row('scaleByLion', () => f.scaleByLion({ b1: 0.75, b2: 0.5 }), {
    formula: formulas.lionFormula({ b1: 0.75, b2: 0.5 }),
  }),
  row(
    'scaleByLion',
    () => f.scaleByLion({ mode: 'smooth', smoothBeta: 2 }),
    { formula: formulas.lionFormula({}, (x) => Math.tanh(2 * x)) },
    'smooth',
  ),
  row(
    'scaleByLion',
    () => f.scaleByLion({ mode: 'refined' }),
    { formula: formulas.lionFormula({}, (x) => Math.max(-1, Math.min(1, x))) },
    'refined',
  ),
  row('scaleByRms', () => f.scaleByRms(), { formula: formulas.rmsFormula() }),
  row(
    'scaleByRms',
    () => f.scaleByRms({ biasCorrection: true, epsInSqrt: false }),
    {
      formula: formulas.debiasedRmsFormula(),
    },
    'without bias',
  ),
  row('scaleByStddev', () => f.scaleByStddev({ eps: 1e-3 }), { formula: formulas.stddevFormula(0.9, 1e-3) }),
  row(
    'scaleByStddev',
    () => f.scaleByStddev({ biasCorrection: true, epsInSqrt: false, eps: 1e-3 }),
    {},
    'without bias',
  ),
  row('scaleByRss', () => f.scaleByRss(), { formula: formulas.rssFormula() }),
  row('scaleByTrustRatio', () => f.scaleByTrustRatio(), { formula: formulas.trustFormula }),
]

const optimizers: readonly Row[] = [
  row('sgd', () => f.sgd(rate), { ...optimizer, formula: formulas.times(-rate) }),
  row(
    'sgd',
    () => f.sgd(rate, { momentum: 0.9, predictSteps: 2 }),
    {
      ...optimizer,
      formula: inTurn(formulas.traceFormula(0.9), formulas.times(-rate)),
    },
    'momentum and forecast',
  ),
  row('adam', () => f.adam(rate), { ...optimizer, formula: inTurn(formulas.adamFormula(), formulas.times(-rate)) }),
  row('adam', () => f.adam(half, { predictSteps: 1.5 }), optimizer, 'a schedule and forecast'),
  row('adamw', () => f.adamw(rate, { weightDecay: 0.1 }), {
    ...optimizer,
    formula: formulas.decayed(formulas.adamFormula(), rate, 0.1),
  }),
  row(
    'adamw',
    () => f.adamw(rate, { weightDecay: 0.1, predictSteps: 2 }),
    {
      ...optimizer,
      formula: formulas.decayed(formulas.adamFormula(), rate, 0.1),
    },
    'forecast',
  ),
  row('adamw', () => f.adamw(rate, { weightDecay: 0.1, mask: isVector, predictSteps: 1 }), optimizer, 'masked decay'),
  row('amsgrad', () => f.amsgrad(rate), {
    ...optimizer,
    formula: inTurn(formulas.amsgradFormula(), formulas.times(-rate)),
  }),
  row('adabelief', () => f.adabelief(rate, { eps: 1e-3, epsRoot: 1e-3 }), {
    ...optimizer,
    formula: inTurn(formulas.beliefFormula(), formulas.times(-rate)),
  }),
  row(
    'amsgrad',
    () => f.amsgrad(rate, { raw: true }),
    { ...optimizer, formula: inTurn(formulas.amsgradFormula({}, true), formulas.times(-rate)) },
    'raw',
  ),
  row(
    'adabelief',
    () => f.adabelief(rate, { eps: 1e-3, epsRoot: 1e-3, weightDecay: 0.1 }),
    { ...optimizer, formula: formulas.decayed(formulas.beliefFormula(), rate, 0.1) },
    'weight decay',
  ),
  row('adam3', () => f.adam3(0.01, { weightDecay: 0.1 }), {
    ...optimizer,
    formula: formulas.decayed(formulas.adam3Formula(), 0.01, 0.1),
  }),
  row('rmsprop', () => f.rmsprop(rate), {
    ...optimizer,
    formula: inTurn(formulas.rmsFormula(), formulas.times(-rate)),
  }),
  row(
    'rmsprop',
    () => f.rmsprop(0.01, { centered: true, momentum: 0.9, eps: 1e-3, predictSteps: 1 }),
    {
      formula: inTurn(formulas.stddevFormula(0.9, 1e-3), formulas.times(-0.01), formulas.traceFormula(0.9)),
    },
    'centred, momentum and forecast',
  ),
  row('adagrad', () => f.adagrad(rate), {
    ...optimizer,
    formula: inTurn(formulas.rssFormula(), formulas.times(-rate)),
  }),
  row('lion', () => f.lion(rate, { b1: 0.75, b2: 0.5, weightDecay: 0.1 }), {
    ...optimizer,
    formula: formulas.decayed(formulas.lionFormula({ b1: 0.75, b2: 0.5 }), rate, 0.1),
  }),
  row('lamb', () => f.lamb(rate), { ...optimizer, formula: formulas.lambFormula(rate) }),
]

const combinators: readonly Row[] = [
  row('chain', () => f.chain(f.clipByGlobalNorm(1), f.adamw(rate, { predictSteps: 1 })), optimizer),
  row(
    'chain',
    () => f.chain(f.trace({ decay: 0.5 }), handwritten(), f.adam(rate, { predictSteps: 1 })),
    {},
    'an opaque stage',
  ),
  row(
    'chain',
    () => f.chain(f.adamw(rate), f.predictAhead({ steps: (count) => count }), handwritten(), f.scale(2)),
    {},
    'a forecast before an opaque stage',
  ),
  row(
    'partition',
    () =>
      f.partition(
        {
          matrix: f.chain(f.adam(rate, { predictSteps: 2 }), handwritten(), f.trace({ decay: 0.5 })),
          vector: f.sgd(rate, { momentum: 0.9, predictSteps: 1 }),
        },
        kinds,
      ),
    {},
    'forecasts and an opaque stage',
  ),
  row(
    'namedChain',
    () => f.namedChain({ clip: f.clipByGlobalNorm(1), adam: f.adam(rate, { predictSteps: 1 }) }),
    optimizer,
  ),
  row('flatten', () => f.flatten(f.chain(f.clipByBlockRms(1), f.lamb(rate, { predictSteps: 1 }))), optimizer),
  row('freeze', () => f.chain(f.scaleByAdam(), f.freeze(isVector))),
  row('selectiveTransform', () =>
    f.selectiveTransform(f.chain(f.clipByGlobalNorm(1), f.adam(rate, { predictSteps: 2 })), { freezeMask: isVector }),
  ),
  row('multiSteps', () => f.multiSteps(f.adamw(rate, { weightDecay: 0.1 }), { everyKSchedule: 2 })),
  row('multiSteps', () => f.multiSteps(f.adam(rate, { predictSteps: 2 }), { everyKSchedule: 3 }), {}, 'a forecast'),
  row(
    'multiSteps',
    () => f.multiSteps(f.lion(rate), { everyKSchedule: (n) => n + 1, useGradMean: false }),
    {},
    'sums, by a schedule',
  ),
  row('conditionallyMask', () =>
    f.conditionallyMask(f.chain(f.clipByGlobalNorm(1), f.scaleByAdam()), (step) => f.expr.less(step, 2)),
  ),
  row('conditionallyTransform', () => f.conditionallyTransform(f.scaleByAdam(), (step) => f.expr.less(0, step))),
  row('multiTransform', () =>
    f.multiTransform(
      { a: f.scaleByLion(), b: f.scaleBySign() },
      (params) =>
        f.treeMap(params as never, (leaf: { readonly rank: number }) => (leaf.rank === 1 ? 'a' : 'b')) as never,
    ),
  ),
  row('applyEvery', () => f.chain(f.adam(rate), f.applyEvery(3))),
  row('masked', () => f.masked(f.chain(f.clipByGlobalNorm(1), f.scaleByAdam()), isVector)),
  row('masked', () => f.masked(handwritten(), isVector), {}, 'an opaque stage'),
  row('masked', () => f.masked(f.masked(f.scaleByAdam(), isScalar), isVector), {}, 'within a mask'),
  row(
    'partition',
    () => f.partition({ matrix: f.adamw(rate), vector: f.sgd(rate, { momentum: 0.9 }) }, kinds),
    optimizer,
  ),
  row(
    'partition',
    () =>
      f.partition(
        {
          matrix: f.chain(f.clipByGlobalNorm(1), f.lamb(rate, { predictSteps: 1 })),
          vector: f.sgd(rate, { momentum: 0.9, predictSteps: 2 }),
        },
        kinds,
      ),
    {},
    'norms and forecasts',
  ),
  row('opaque', handwritten),
  row('arrayStage', () =>
    f.arrayStage({
      name: 'halved',
      init: () => ({}),
      update: (ops, updates, state) => [treeMap(updates, (u) => ops.mul(u, 0.5)), state],
    }),
  ),
  row('projectParams', () =>
    f.projectParams(f.sgd(rate), {
      name: 'onTheGround',
      init: () => ({ steps: 0 }),
      project: (params, { steps }) => [treeMap(params, (p) => tf.relu(p)), { steps: steps + 1 }],
    }),
  ),
  row(
    'rule',
    () =>
      f.rule({
        name: 'largestFirst',
        slots: { largest: f.perLeaf(1), count: f.counter, start: f.copyOfParams },
        update: ({ g, p }, { largest, count, start }) => {
          const { add, abs, div, max, maxLeaf, maxTree, mul, sub } = f.expr
          const seen = max(largest, maxLeaf(abs(g)))
          const pull = mul(0.1, sub(start, p))
          return {
            u: add(div(g, add(seen, maxTree(abs(g)))), pull),
            next: { largest: seen, count: add(count, 1), start },
          }
        },
      }),
    {},
    'a slot of every kind',
  ),
]

const methods: readonly Row[] = [
  row('scaleByAdamRel', () => f.scaleByAdamRel()),
  row('scaleByAdamRel', () => f.scaleByAdamRel({ resetEvery: 2 }), {}, 'periods'),
  row('adamRel', () => f.adamRel(rate, { predictSteps: 1 })),
  row('scaleByIvon', () => f.scaleByIvon({ ess: 100 })),
  row('ivon', () => f.ivon(rate, { ess: 100 })),
  row('scaleByAmos', () => f.scaleByAmos({ learningRate: rate, etaFn: () => 0.5 })),
  row(
    'scaleByAmos',
    () => f.scaleByAmos({ learningRate: rate, etaFn: 0.5, shapeFn: 'scalar' }),
    {},
    'one slot a variable',
  ),
  row('scaleByAmos', () => f.scaleByAmos({ learningRate: rate, etaFn: 0.5, shapeFn: reduced }), {}, 'reduced slots'),
  row('amos', () => f.amos(rate, { etaFn: () => 0.5, momentum: 0.9, clipValue: 1 })),
  row('marsCorrection', () => f.marsCorrection()),
  row('marsCorrection', () => f.marsCorrection({ mode: 'exact', firstStep: 'same' }), {}, 'exact'),
  row('marsAdamw', () => f.marsAdamw(rate, { weightDecay: 0.1, predictSteps: 1 })),
  row('marsAdamw', () => f.marsAdamw(rate, { weightDecay: 0.1, amsgrad: true }), {}, 'amsgrad'),
  row('marsLion', () => f.marsLion(rate, { weightDecay: 0.1 })),
  row('marsShampoo', () => f.marsShampoo(rate, { weightDecay: 0.1 })),
  row('orthogonalize', () => f.masked(f.orthogonalize(), isMatrix)),
  row('scaleByMuon', () => f.masked(f.scaleByMuon(), isMatrix)),
  row(
    'scaleByMuon',
    () => f.masked(f.scaleByMuon({ preconditioning: 'spectral', adaptive: true }), isMatrix),
    {},
    'spectral',
  ),
  row('scaleByShape', () => f.scaleByShape()),
  row('muon', () => f.muon(rate, { weightDecay: 0.1, predictSteps: 1 })),
  row('adamL2Masked', () => f.adamL2Masked(rate, { weightDecay: 0.1, mask: isVector }), optimizer),
  row('trackFlips', () => f.trackFlips()),
  row('switchEma', () => f.switchEma(f.adam(rate, { predictSteps: 1 }), { switchEvery: 2 })),
  row('lookaheadPermutation', () => f.lookaheadPermutation(f.adam(rate), { k: 2, mask: upToMatrix })),
]

/** The rows of all transformations. */
export const catalogue: readonly Row[] = Object.freeze(
  [
    ...rules,
    ...optimizers,
    ...directions,
    ...laterRows,
    ...foundRows,
    ...outerRows,
    ...combinators,
    ...methods,
    ...matrixRows,
  ].map(withSymmetries),
)

/** Exports that make no transformation, so that no law is about them. */
export const others: readonly string[] = Object.freeze([
  ...['Monoid', 'ForegradError', 'Foldable', 'Functor', 'Traversable'],
  ...['treeLeaves', 'treeMap', 'treePaths', 'treeReduce', 'treeZip'],
  ...['useBackend', 'releaseBackend', 'applyUpdates', 'dispose', 'step', 'explain', 'show', 'float64', 'ndarray'],
  ...['fisherDiag', 'hessianDiag', 'hutchinsonEstimatorDiagHessian', 'gaussNewtonBartlettEstimatorDiagHessian'],
  ...['withHessianDiagonal'],
  ...['trainer', 'hvp', 'valueAndGrad', 'withGradient', 'withLookaheadGradient', 'withSampledGradient'],
  ...[
    'arrayOps',
    'expr',
    'extraTree',
    'signal',
    'copyOfParams',
    'counter',
    'filled',
    'moment',
    'number',
    'perLeaf',
    'alongAxes',
    'perTree',
  ],
  ...['schedule', 'constantSchedule', 'cosineDecaySchedule', 'exponentialDecay', 'joinSchedules', 'linearSchedule'],
  ...['polynomialSchedule', 'warmupCosineDecaySchedule', 'emaDecayWarmup', 'piecewiseConstantSchedule'],
  ...['piecewiseInterpolateSchedule', 'linearOnecycleSchedule', 'cosineOnecycleSchedule', 'warmupConstantSchedule'],
  ...['warmupExponentialDecaySchedule', 'sgdrSchedule', 'wsdSchedule', 'precondUpdateProbSchedule'],
  ...Object.keys(losses),
  ...Object.keys(trees),
  ...['foldIn', 'seedKey', 'gumbels', 'normals', 'normalTree'],
  ...['hungarianAlgorithm', 'matrixInversePthRoot', 'nnls', 'powerIteration', 'safeIncrement'],
  ...['resetCount', 'emaParams', 'lookaheadParams', 'paramsFnFromAssignMap', 'permuteLike', 'sortWeightVectors'],
  ...['pairedGradients', 'withPairedGradient'],
  ...['hyperparams', 'measureWithEma', 'metrics', 'unitwiseClip', 'unitwiseNorm', 'skipLargeUpdates', 'skipNotFinite'],
  // Their updates call the loss: properties/transforms/rules/linesearches.test.ts.
  ...['scaleByBacktrackingLinesearch', 'scaleByZoomLinesearch', 'valueAndGradFromState'],
  ...['binarizeWeight', 'signApprox', 'convolutionMask', 'linearEpochDecay', 'twoStepSchedule'],
  ...[
    'boostedBases',
    'boostedGradients',
    'boostedLosses',
    'boostedPredict',
    'earlyExit',
    'exitRescaleFactors',
    'exitShares',
  ],
  ...['exitThresholds', 'gradientRescale', 'lossEqualizer'],
  ...['fromData', 'toData', 'toDataAsync'],
  ...['c2iRatio', 'flipFlopRatio'],
  ...['ivonAccumulate', 'ivonNoiseScale', 'ivonPredict', 'ivonSample'],
])
