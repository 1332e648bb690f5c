/** What is said of transformations that no text of Python says. */
import { describe, errorOf, type Fault, type ForegradError, faultAt, type Words } from './error.ts'
import { ofShape } from './kinds.ts'

/** What a stage does that no text can say, thrown on the way. */
export class Unsaid extends Error {
  readonly expected: string
  readonly got: string

  constructor(expected: string, got: string) {
    super(got)
    this.expected = expected
    this.got = got
  }
}

const bySchedule = 'schedules made by schedule()'
const saidNumbers = 'numbers said by arrayOps.numberOf and arrayOps.choose'

export const plainFunction = (): Unsaid => new Unsaid(bySchedule, 'a plain function')
export const otherBranch = (no: unknown): Unsaid =>
  new Unsaid('one structure of what either of two functions makes', describe(no))
export const arithmetic = (): Unsaid => new Unsaid(saidNumbers, 'arithmetic on a number of its state')
export const nothingMade = (name: string | undefined): Unsaid =>
  new Unsaid(saidNumbers, `${name}, of which nothing is made`)
export const tooManyNumbers = (most: number, got: number): Unsaid =>
  new Unsaid(`at most ${most} numbers of its own`, `${got} numbers`)
export const readNumbers = (): Unsaid => new Unsaid('array operations', 'work on the numbers of an array')
export const otherStateOf = (got: string): Unsaid =>
  new Unsaid('a state of numbers, of arrays, and of trees shaped like the parameters', got)
export const arrayText = (shape: readonly number[]): string => `an array of ${ofShape(shape)} of one leaf`
export const changedState = (got: unknown): Unsaid => new Unsaid('a state that keeps its structure', describe(got))
export const readByName = (what: string): Unsaid => new Unsaid('what arrays alone say', `${what}, given by name`)
export const mixedLeaves = (): Unsaid =>
  new Unsaid('each leaf made of that leaf and of totals over the tree', 'one made of several')

// Transformations inside of stages

const inside = (got: string): Unsaid =>
  new Unsaid('a transformation inside of rules and array stages of gradients alone', got)

export const insideReads = (name: string): Unsaid => inside(`one that reads ${name}`)
export const insideReadsParams = (): Unsaid => insideReads('the parameters')
export const insideReduces = (isOverTree: boolean): Unsaid =>
  inside(`one that reduces${isOverTree ? ' over the tree' : ''}`)
export const insideHasMasks = (): Unsaid => inside('one with masks or reduced slots')
export const insideCalls = (): Unsaid => inside('one with a schedule that is a plain function')
export const insideIsNone = (name: string): Unsaid => inside(`${name}, which is none`)

// What is printed

const at = (name: string): string => `toOptax: ${name}`

export const unsaid = (name: string, { expected, got }: Unsaid): ForegradError =>
  errorOf(
    'unsupported',
    at(name),
    expected,
    got,
    'Write that stage with array operations on each leaf, or its optax counterpart around the printed transformation.',
  )
export const byHandFault = (name: string, mayBeStage: boolean): Fault =>
  faultAt(at(name), mayBeStage ? 'a rule or an arrayStage' : 'a rule', 'a stage written by hand')
export const badByHand: Words = [
  'unsupported',
  'Say them as rules or by arrayStage, or write their optax counterparts around the printed transformation.',
]

const giveShapes = 'Give the shapes of the parameters: toOptax(tx, { params }), or --params of the command.'

export const noShapes = (name: string): ForegradError =>
  errorOf('unsupported', at(name), 'params, on whose shapes array operations act', 'none', giveShapes)
export const calledFault = (name: string, f: string): Fault =>
  faultAt(at(name), bySchedule, `the plain function ${f || '(anonymous)'}`)
export const askedFault = (name: string, kind: string, of: string): Fault =>
  faultAt(at(name), 'params, which answer questions about leaves', `none for the ${kind} ${of}`)
export const unsayable = (isCalled: boolean, isAsked: boolean): Words => [
  'unsupported',
  [
    ...(isCalled ? ['Write schedules as schedule((count) => …) of expressions.'] : []),
    ...(isAsked ? [giveShapes] : []),
  ].join(' '),
]
