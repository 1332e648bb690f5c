/** What is said of rules: functions of leaves that they call, losses along a line, and what they are given by name. */
import { describe, errorOf, type Fault, type ForegradError, type Words } from '../error.ts'
import { ofRank } from '../expressions.ts'
import { kindError, lacking, wrongKind } from '../kinds.ts'

/** What is measured and is no number a leaf or a step: an expression of another rank, or none. */
export const notMeasured = (path: string, rank: string | undefined, made: unknown): ForegradError =>
  errorOf(
    'bad-argument',
    path,
    'a function that returns an expression of rank leaf or step',
    rank === undefined ? describe(made) : ofRank(rank),
    'Measure with a reduction, as (x) => expr.normTree(x).',
  )

// Axes

export const noBlocks = (leaf: string, blocks: unknown): ForegradError =>
  kindError(
    'bad-rule',
    `scaleByAdamMini: ${leaf}`,
    "'element', 'leaf' or a list of axes",
    blocks,
    'Return one of them from blocks.',
  )

const tooManyAxes = (path: string, most: number, rank: number, advice: string): ForegradError =>
  errorOf('bad-rule', path, `at most ${most} axes`, `${rank}`, advice)

export const tooManyCovers = (leaf: string, most: number, rank: number): ForegradError =>
  tooManyAxes(`scaleBySm3: ${leaf}`, most, rank, 'Reshape the leaf, or leave it to another optimizer by partition.')
export const noUnits = (leaf: string, most: number, rank: number): ForegradError =>
  tooManyAxes(`unitwiseNorm: ${leaf}`, most, rank, 'Say with axis which axes a unit has.')

// Losses along a line

const aFunctionOfParams = 'a function of the parameters'
const nameOf = (where: string, name: string): string => `${where}: extra.${name}`
const passLine =
  'Pass { value, grad, valueAndGradFn: (params) => ({ value, grads }) } as the extra argument of update or step.'

export const noValueFn = (where: string): Fault => lacking(nameOf(where, 'valueAndGradFn'), aFunctionOfParams)
export const noValueGiven = (where: string): Fault => lacking(nameOf(where, 'value'), 'a number')
export const noGradGiven = (where: string): Fault => lacking(nameOf(where, 'grad'), 'a tree like params')
export const missingLine: Words = ['missing-signal', passLine]
export const wrongValueFn = (where: string, name: string, f: unknown): Fault =>
  wrongKind(nameOf(where, name), aFunctionOfParams, f)
export const wrongLine: Words = ['bad-argument', passLine]
export const noValueAndGrads = (where: string, made: unknown): ForegradError =>
  kindError(
    'bad-argument',
    nameOf(where, 'valueAndGradFn'),
    'one that returns { value, grads }',
    made,
    'Give valueAndGrad(loss), or a function like it.',
  )
export const notOneSearch = (key: string, found: number): ForegradError =>
  errorOf(
    'bad-argument',
    'valueAndGradFromState: state',
    `one ${key}`,
    `${found}`,
    'Give the state of one line search, with storeGrad.',
  )

// Memories

export const noMemory = (key: string, size: number, x: unknown): Fault =>
  wrongKind(`state.${key}`, `a list of ${size}`, x)
export const noCountOfMemory = (x: unknown): Fault => wrongKind('state.count', 'an integer', x)

// What is given by name

export const passHessianDiagonal =
  'Pass { hessianDiagonal }: an estimate of the diagonal of the Hessian, shaped like the parameters.'
