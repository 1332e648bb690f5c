/** What is said of losses with optimizers: the drivers, and what they ask of a transformation. */
import { errorOf, type Fault, type ForegradError, faultAt, type Words } from './error.ts'
import { kindError, ofShape, wrongKind } from './kinds.ts'

/** What there is to do about a mark in a driver that takes no gradient there. */
export const otherDriver =
  'Take it there: with withLookaheadGradient, or withSampledGradient for IVON. Without a forecast leave predictSteps and predictAhead out.'
export const otherDriverOnJaxjs =
  'Take it there: with withLookaheadGradient. Without a forecast leave predictSteps and predictAhead out.'
export const pairedAlone =
  'It takes gradients at the parameters and at those before them, nowhere else: leave predictSteps and predictAhead out.'

export const aMark = (path: string, advice: string): ForegradError =>
  errorOf('bad-rule', path, 'no mark', 'one that says where to take the gradient', advice)
export const noMark = (name: string): ForegradError =>
  errorOf(
    'bad-rule',
    `withLookaheadGradient: ${name}`,
    'a mark',
    'none in the chain',
    'Put predictAhead into the chain or set predictSteps; without a forecast use withGradient.',
  )
export const noPaired = (name: string): ForegradError =>
  errorOf(
    'bad-rule',
    `withPairedGradient: ${name}`,
    'a stage that reads gradAtPrevious',
    'none',
    "Set mode: 'exact' in MARS; for other optimizers use withGradient.",
  )
export const noIvon = (where: string, name: string): ForegradError =>
  errorOf(
    'bad-rule',
    `${where}: ${name}`,
    'IVON in the chain',
    'no mark',
    'Use ivon or scaleByIvon; for other optimizers withGradient.',
  )

const ivonState = 'a state with that of scaleByIvon in it'

export const noDraws = (where: string): ForegradError =>
  errorOf('bad-argument', `${where}: state`, ivonState, 'none', 'Give ivon, or a chain with scaleByIvon in it.')
export const noIvonState = (where: string): ForegradError =>
  errorOf(
    'bad-argument',
    `${where}: state`,
    ivonState,
    'none',
    'Give the state of ivon, or of a chain with scaleByIvon in it.',
  )
export const severalDraws = (name: string, stages: number): ForegradError =>
  errorOf(
    'bad-rule',
    name,
    'one stage that takes its gradients at draws',
    `${stages}, with stages written by hand beside them`,
    'Keep the branches free of stages written by hand, or draw in one of them.',
  )
export const otherSamples = (name: string, samples: number, asked: number): ForegradError =>
  errorOf(
    'bad-argument',
    'trainer: mcSamples',
    `${samples}, as ${name} was made for`,
    `${asked}`,
    'Set mcSamples where the optimizer is built; the trainer follows.',
  )

// The curvature

export const noSteps = (steps: unknown): ForegradError =>
  kindError(
    'bad-argument',
    'step: train.steps',
    'how many steps there were',
    steps,
    'Give what init or the last step returned.',
  )
export const noExamples = (name: string, shape: readonly number[]): ForegradError =>
  errorOf(
    'bad-argument',
    `${name}: logits`,
    'scores of at least one example, its classes along the last axis',
    ofShape(shape),
    'Return the scores before the softmax.',
  )
export const noCurvature = (where: string, name: string): ForegradError =>
  errorOf(
    'bad-rule',
    `${where}: ${name}`,
    'a stage that reads hessianDiagonal',
    'none',
    'Use sophia or scaleBySophia; for other optimizers withGradient.',
  )
export const drawsAtCurvature = (where: string, name: string): ForegradError =>
  errorOf(
    'bad-rule',
    `${where}: ${name}`,
    'no stage that takes its gradients at draws',
    'IVON',
    'Use withSampledGradient, and give the diagonal by its extra.',
  )

// A gradient that is written by hand

export const noGradientFunction = (loss: unknown): ForegradError =>
  kindError(
    'bad-argument',
    'valueAndGrad',
    'a function of the parameters',
    loss,
    'Give (params, ...batch) => ({ value, grads }).',
  )
export const noValue = (value: unknown): Fault => wrongKind('value', 'a number', value)
export const noGradients = (): Fault => faultAt('grads', 'a tree of gradients', 'undefined')
export const badGradients: Words = ['bad-argument', 'Return { value, grads } from the function that was given.']

/** What to do about a train state of jax-js that is gone. */
export const consumedTrain =
  'Go on from what the last step returned: each step consumes the train state that it is given.'
