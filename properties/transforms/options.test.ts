import { describe, expect, test } from 'vitest'
import * as f from '../../lib/index.ts'
import { ForegradError } from '../../lib/index.ts'

/** A transformation made with options, and a value of each option that is no value of its kind. */
interface Taker {
  readonly make: (options: never) => unknown
  readonly wrong: Readonly<Record<string, unknown>>
}

const taker = (make: Taker['make'], wrong: Taker['wrong']): Taker => ({ make, wrong })

const betas = { b1: 1, b2: -0.1 }
const eps = { eps: -1 }
const root = { epsRoot: Number.NaN }
const nesterov = { nesterov: 1 }
const predictSteps = { predictSteps: -1 }
const decay = { weightDecay: -1, mask: 3 }
const rprop = { etaMinus: 2, etaPlus: 0, minStepSize: -1, maxStepSize: Number.POSITIVE_INFINITY, delay: 'yes' }
const optimistic = { alpha: Number.NaN, beta: '1' }
const polyak = { fMin: Number.NEGATIVE_INFINITY, maxLearningRate: 0, eps: -1, variant: 'sps++' }
const yogi = { ...betas, ...eps, ...root, initialAccumulatorValue: -1 }

const adopt = { ...betas, ...eps, ...nesterov, useClipping: 1, clipValueFn: 2 }
const madgrad = { momentum: 2, ...eps }
const cocob = { alpha: 0, eps: 0 }
const factored = { factored: 1, decayRate: 2, stepOffset: 0.5, minDimSizeToFactor: 0, epsilon: -1 }
const found = { betas: [1, 0], ...eps, estimLr0: 0, weightDecay: Number.NaN, ...predictSteps }
const bound = { lowerBound: Number.NaN, weightDecay: -1, adaptLowerBound: 1, ...predictSteps }
const sophia = {
  ...{ ...betas, ...eps, gamma: -1, clipThreshold: 0, updateInterval: 0 },
  hessianDiagonalFn: f.trace({ decay: 0.9 }),
}

const beside = {
  ...{ weightDecay: -1, weightDecayMask: 3, adamB1: 1, adamB2: -1, adamEpsRoot: -1, adamWeightDecay: '1' },
  ...{ adamLearningRate: null, ...predictSteps, isMatrix: true },
}
const adamuon = { beta: 1, ...nesterov, nsSteps: 0, ...eps }
const normuon = { beta: 1, b2: 2, ...nesterov, nsSteps: 0.5, outputAxis: 1 }
const scion = { beta: 1, norm: 'nuclear', outputAxis: 0, nsSteps: 0 }
const soap = {
  ...{ ...betas, shampooBeta: 1, ...eps, preconditionFrequency: 0, maxPrecondDim: 0.5 },
  ...{ blockSize: 0, precondition1d: 1, normalizeGrads: 'no' },
}
const galore = {
  ...{ rank: 0, updateProjGap: 0.5, scale: Number.NaN, baseOptimizer: 1 },
  ...{ weightDimensionNumbers: 2, projType: 'full' },
}
const apollo = {
  ...{ ...betas, ...eps, rank: 0, updateProjGap: 0.5, scale: 0, proj: 'qr', projType: 'full', scaleType: 'row' },
  ...{ scaleFront: 1, normGrowthLimit: 1, key: 1, isMatrix: true },
}
const shampoo = {
  ...{ beta2: 2, matrixEps: -1, preconditionFrequency: 0, maxPrecondDim: 0.5, blockSize: 1.5, graft: 'adam' },
}
const kron = {
  ...{ b1: 1, preconditionerUpdateProbability: 0, maxSizeTriangular: -1, minNdimTriangular: 0 },
  ...{ memorySaveMode: 'two', momentumIntoPrecondUpdate: 1, preconditionerLr: 0, preconditionerInitScale: -1, key: 1 },
}
const correction = { b1: 1, gamma: Number.NaN, maxNorm: 0, mode: 'near', firstStep: 1 }

const takers: Readonly<Record<string, Taker>> = {
  scaleByAdamax: taker(f.scaleByAdamax, { ...betas, ...eps }),
  scaleByAdadelta: taker(f.scaleByAdadelta, { rho: 1, ...eps }),
  scaleByAdan: taker(f.scaleByAdan, { ...betas, b3: 1, ...eps, ...root }),
  scaleByRadam: taker(f.scaleByRadam, { ...betas, ...eps, ...root, ...nesterov, threshold: '5' }),
  scaleByYogi: taker(f.scaleByYogi, yogi),
  scaleByRprop: taker(f.scaleByRprop, { learningRate: 0, ...rprop }),
  scaleByNovograd: taker(f.scaleByNovograd, { ...betas, ...eps, ...root, weightDecay: -1 }),
  scaleByOptimisticGradient: taker(f.scaleByOptimisticGradient, optimistic),
  scaleByPolyak: taker(f.scaleByPolyak, polyak),
  scaleByParamBlockNorm: taker(f.scaleByParamBlockNorm, { minScale: -1 }),
  scaleByParamBlockRms: taker(f.scaleByParamBlockRms, { minScale: '1' }),
  normalizeByUpdateNorm: taker(f.normalizeByUpdateNorm, { scaleFactor: Number.NaN, ...eps }),
  scaleByDistanceOverGradients: taker(f.scaleByDistanceOverGradients, { repsRel: -1, ...eps, globalScale: true }),
  reduceOnPlateau: taker(f.reduceOnPlateau, {
    ...{ factor: 1, patience: 0, rtol: 2, atol: -1, cooldown: 0.5, accumulationSize: 0, minScale: -1 },
  }),
  scaleByAcprop: taker(f.scaleByAcprop, { ...betas, ...eps, ...root }),
  scaleByAdemamix: taker(f.scaleByAdemamix, { ...betas, b3: 1, alpha: '6', ...eps, ...root }),
  scaleBySimplifiedAdemamix: taker(f.scaleBySimplifiedAdemamix, { ...betas, alpha: null, ...eps, ...root }),
  scaleByAdopt: taker(f.scaleByAdopt, adopt),
  scaleByMadgrad: taker((o) => f.scaleByMadgrad(0.1, o), madgrad),
  scaleByCocob: taker(f.scaleByCocob, cocob),
  scaleByNadam: taker(f.scaleByNadam, { ...betas, ...eps, momentumDecay: -1 }),
  scaleByLaprop: taker(f.scaleByLaprop, { ...betas, ...eps }),
  scaleByStableAdam: taker(f.scaleByStableAdam, { ...betas, ...eps, ...decay }),
  scaleByLionK: taker(f.scaleByLionK, { ...betas, gradient: 'sign' }),
  scaleBySophia: taker(f.scaleBySophia, sophia),
  grokfastEma: taker(f.grokfastEma, { alpha: 1, lamb: Number.NaN }),
  addCautiousDecayedWeights: taker(f.addCautiousDecayedWeights, decay),
  sgd: taker((o) => f.sgd(0.1, o), { momentum: 2, dampening: '0.5', ...nesterov, ...predictSteps }),
  scaleByAmsgrad: taker(f.scaleByAmsgrad, { raw: 1 }),
  adabelief: taker((o) => f.adabelief(0.1, o), decay),
  scaleByLearningRate: taker((o) => f.scaleByLearningRate(0.1, o), { flipSign: 0 }),
  acprop: taker((o) => f.acprop(0.1, o), { ...betas, ...eps, ...root, ...decay, ...predictSteps }),
  ademamix: taker((o) => f.ademamix(0.1, o), {
    ...{ ...betas, b3: 1, alpha: '6', ...eps, ...root, ...decay, ...predictSteps },
  }),
  simplifiedAdemamix: taker((o) => f.simplifiedAdemamix(0.1, o), {
    ...{ ...betas, alpha: null, ...eps, ...root, ...decay, ...predictSteps },
  }),
  adopt: taker((o) => f.adopt(0.1, o), { ...adopt, ...predictSteps }),
  madgrad: taker((o) => f.madgrad(0.1, o), { ...madgrad, ...decay, ...predictSteps }),
  cocob: taker((o) => f.cocob(1, o), { ...cocob, ...decay, ...predictSteps }),
  laprop: taker((o) => f.laprop(0.1, o), { ...betas, ...eps, ...decay, ...predictSteps }),
  stableAdamw: taker((o) => f.stableAdamw(0.1, o), { ...betas, ...eps, ...decay, ...predictSteps }),
  lionK: taker((o) => f.lionK(0.1, o), { ...betas, gradient: 'sign', ...decay, ...predictSteps }),
  sophia: taker((o) => f.sophia(0.1, o), { ...sophia, ...decay, ...predictSteps }),
  asgd: taker((o) => f.asgd(0.1, o), { lambd: -1, alpha: -1, t0: -1, ...predictSteps }),
  nadam: taker((o) => f.nadam(0.1, o), { ...betas, ...eps, ...root, ...predictSteps }),
  nadamw: taker((o) => f.nadamw(0.1, o), { ...betas, ...eps, ...root, ...decay, ...predictSteps }),
  adamax: taker((o) => f.adamax(0.1, o), { ...betas, ...eps, ...predictSteps }),
  adamaxw: taker((o) => f.adamaxw(0.1, o), { ...betas, ...eps, ...decay, ...predictSteps }),
  adadelta: taker((o) => f.adadelta(1, o), { rho: -1, ...eps, weightDecay: -1, weightDecayMask: 1, ...predictSteps }),
  adan: taker((o) => f.adan(0.1, o), { ...betas, b3: 2, ...eps, ...root, ...decay, ...predictSteps }),
  radam: taker((o) => f.radam(0.1, o), { ...betas, ...eps, ...root, ...nesterov, threshold: null, ...predictSteps }),
  yogi: taker((o) => f.yogi(0.1, o), { ...yogi, ...predictSteps }),
  signSgd: taker((o) => f.signSgd(0.1, o), predictSteps),
  signum: taker((o) => f.signum(0.1, o), { beta: 1, ...predictSteps }),
  rprop: taker((o) => f.rprop(0.1, o), { ...rprop, ...predictSteps }),
  novograd: taker((o) => f.novograd(0.1, o), { ...betas, ...eps, ...root, weightDecay: -1, ...predictSteps }),
  lars: taker((o) => f.lars(0.1, o), {
    ...{ weightDecay: -1, weightDecayMask: 0, trustCoefficient: -1, trustRatioMask: 'w', momentum: 2 },
    ...{ ...eps, ...nesterov, ...predictSteps },
  }),
  fromage: taker((o) => f.fromage(0.1, o), { minNorm: -1, ...predictSteps }),
  optimisticGradientDescent: taker((o) => f.optimisticGradientDescent(0.1, o), { ...optimistic, ...predictSteps }),
  optimisticAdam: taker((o) => f.optimisticAdam(0.1, o), {
    ...{ ...betas, ...eps, ...root, ...nesterov, ...predictSteps },
    optimism: Number.NaN,
  }),
  optimisticAdamV2: taker((o) => f.optimisticAdamV2(0.1, o), {
    ...{ ...betas, ...eps, ...root, ...nesterov, ...optimistic, ...predictSteps },
  }),
  scaleByFactoredRms: taker(f.scaleByFactoredRms, factored),
  adafactor: taker((o) => f.adafactor(0.1, o), {
    ...{ factored: 1, decayRate: 2, decayOffset: 0.5, minDimSizeToFactor: 0, eps: -1, clippingThreshold: 0 },
    ...{ momentum: 1, weightDecayRate: -1, weightDecayMask: 1, multiplyByParameterScale: 1, ...predictSteps },
  }),
  scaleBySm3: taker(f.scaleBySm3, { b1: 1, b2: 2, ...eps }),
  sm3: taker((o) => f.sm3(0.1, o), { momentum: 1, ...predictSteps }),
  adaptiveGradClip: taker((o) => f.adaptiveGradClip(0.1, o), { ...eps, axis: -1 }),
  prodigy: taker((o) => f.prodigy(1, o), { ...found, beta3: 1, estimLrCoef: '1', safeguardWarmup: 1 }),
  dadaptAdamw: taker((o) => f.dadaptAdamw(1, o), found),
  scaleByDog: taker(f.scaleByDog, { initStep: ['speed', 1], ...eps }),
  dog: taker((o) => f.dog(1, o), { initStep: ['distance', -1], ...eps, ...decay, ...predictSteps }),
  scaleByDowg: taker(f.scaleByDowg, { initEstimSqDist: -1, ...eps }),
  dowg: taker((o) => f.dowg(1, o), { initEstimSqDist: Number.NaN, ...eps, ...decay, ...predictSteps }),
  momo: taker((o) => f.momo(1, o), { beta: 1, ...bound }),
  momoAdam: taker((o) => f.momoAdam(1, o), { ...betas, ...eps, ...bound }),
  scaleByAdamuon: taker(f.scaleByAdamuon, adamuon),
  adamuon: taker((o) => f.adamuon(0.1, o), { ...adamuon, ...beside }),
  scaleByNormuon: taker(f.scaleByNormuon, normuon),
  normuon: taker((o) => f.normuon(0.1, o), { ...normuon, ...beside }),
  marsM: taker((o) => f.marsM(0.1, o), { ...correction, nsSteps: 0, ...beside }),
  addNoise: taker(f.addNoise, { eta: -1, gamma: Number.NaN, key: -1 }),
  noisySgd: taker((o) => f.noisySgd(0.1, o), { eta: -1, gamma: '1', key: [1], ...predictSteps }),
  mechanize: taker((o) => f.mechanize(f.sgd(1), o), { weightDecay: -1, eps: 0, sInit: 0, numBetas: 0.5 }),
  scaleByScion: taker(f.scaleByScion, scion),
  scion: taker((o) => f.scion(0.1, o), { ...scion, radius: 0, constrained: 1, ...predictSteps }),
  scaleByAdamMini: taker(f.scaleByAdamMini, { ...betas, ...eps, blocks: 'leaf' }),
  adamMini: taker((o) => f.adamMini(0.1, o), { ...betas, ...eps, blocks: [0], ...decay, ...predictSteps }),
  scaleBySoap: taker(f.scaleBySoap, soap),
  soap: taker((o) => f.soap(0.1, o), { ...soap, ...decay, ...predictSteps }),
  scaleByGalore: taker(f.scaleByGalore, galore),
  galore: taker((o) => f.galore(0.1, o), { ...galore, ...decay, ...predictSteps }),
  scaleByApollo: taker(f.scaleByApollo, apollo),
  apollo: taker((o) => f.apollo(0.1, o), { ...apollo, ...decay, ...predictSteps }),
  scaleByShampoo: taker(f.scaleByShampoo, shampoo),
  shampoo: taker((o) => f.shampoo(0.1, o), { ...shampoo, ...decay, ...predictSteps, momentum: 1, ...nesterov }),
  blocked: taker((o) => f.blocked(f.scaleByAdam(), o), { size: 0 }),
  scaleByKron: taker(f.scaleByKron, kron),
  kron: taker((o) => f.kron(0.1, o), { ...kron, ...decay, ...predictSteps }),
  polyakSgd: taker(f.polyakSgd, { ...polyak, scaling: null, ...predictSteps }),
}

const faultsOf = (make: Taker['make'], options: unknown): readonly f.Fault[] => {
  try {
    make(options as never)
  } catch (error) {
    if (error instanceof ForegradError && error.code === 'bad-hyperparameter') return error.faults
    throw error
  }
  throw new Error('nothing was raised')
}

describe.each(Object.entries(takers))('%s', (name, { make, wrong }) => {
  test('tells every option that is out of its range, at once and by its path', () => {
    const paths = faultsOf(make, wrong).map(({ path }) => path)
    expect([...paths].sort()).toEqual(
      Object.keys(wrong)
        .map((key) => `${name}: ${key}`)
        .sort(),
    )
  })

  test('refuses an option that it does not have, and names those that it has', () => {
    const unknown = faultsOf(make, { beta1: 0.9 }).find(({ path }) => path === `${name}: beta1`)
    expect(unknown?.got).toBe('an unknown option')
    for (const key of Object.keys(wrong)) expect(unknown?.expected).toContain(key)
  })
})
