/** What is said of combinators: what they are given to combine, and what they ask of it. */
import { errorOf, type Fault, type ForegradError, faultAt, type Words } from '../error.ts'
import { kindError, wrongKind } from '../kinds.ts'

// Rules, where a stage written by hand will not do

export const stageByHand = (where: string, name: string, advice: string): ForegradError =>
  errorOf('unsupported', where, 'a rule', `${name}, with a stage written by hand`, advice)

export const byHandIsNotFrozen = 'A stage written by hand cannot be frozen: gate the rules beside it.'
export const byHandHasNoGradient = 'A stage written by hand has no gradient beside its update: wrap the rules.'
export const byHandHasNoUpdate = 'A stage written by hand has no update of its own: wrap the rules.'
export const byHandHasNoFastWeights = 'A stage written by hand has no fast weights: wrap the rules.'
export const byHandHasNoZ = 'A stage written by hand has no z: wrap the rules.'
export const byHandCannotWait = 'A stage written by hand cannot wait for its turn: give rules.'
export const byHandSeesLeaves = 'A stage written by hand sees the leaves as they are.'
export const byHandReadsNoNumbers = 'A stage written by hand reads no numbers of the state: inject those beside it.'
export const byHandHasNoName = 'Use chain, which runs them as they are.'

// Gates

export const noTest = (where: string, made: unknown): ForegradError =>
  kindError(
    'bad-argument',
    `${where}: shouldTransformFn`,
    'a function of the count that returns an expression, one number a step',
    made,
    'Write it with expr and signal: (step) => expr.less(step, 10).',
  )
export const noSkipState = (made: unknown): ForegradError =>
  kindError(
    'bad-argument',
    'multiSteps: shouldSkipUpdateFn',
    'a record of expressions, each one number a step, with shouldSkip among them',
    made,
    'Write it as skipNotFinite is.',
  )

// Chains

const ofTransformations = 'a record of transformations'

export const noNamedStages = (stages: unknown): Fault => wrongKind('namedChain', ofTransformations, stages)
export const numberAsName = (name: string): Fault => faultAt(`namedChain: ${name}`, 'a name that is no number', name)
export const badNamedChain: Words = [
  'bad-rule',
  'Give { name: transformation, … }; for a chain without names there is chain.',
]

export const secondRate = (i: number, inside: string | undefined, name: string): Fault =>
  faultAt(`chain: stage ${i}`, `no learning rate behind ${inside}`, name)
export const badRates: Words = ['bad-rule', 'Its learning rate is inside: set that one, and leave this stage out.']

// Parts

const oneForEachLabel = 'Give one transformation for every label.'

export const noParts = (transforms: unknown): ForegradError =>
  kindError('bad-rule', 'partition: transforms', ofTransformations, transforms, oneForEachLabel)
export const badParts: Words = ['bad-rule', oneForEachLabel]

export const answerForNoLeaf = (path: string): Fault => faultAt(path, 'nothing', 'a leaf that params lack')
export const badAnswers: Words = [
  'tree-mismatch',
  'Give one answer for every leaf of the parameters, or a function that does.',
]
