/** What went wrong, as a word that code can branch on. The message is for people and may change; the code does not. */
export type ErrorCode =
  | 'tree-mismatch'
  | 'bad-hyperparameter'
  | 'bad-rule'
  | 'bad-argument'
  | 'backend-unavailable'
  | 'disposed-tensor'
  | 'consumed-state'
  | 'out-of-memory'
  | 'missing-params'
  | 'missing-signal'
  | 'missing-gradients'
  | 'no-gradient'
  | 'device-lost'
  | 'no-host'
  | 'unsupported'

/** One thing that is wrong, and where: `path` is a leaf path (`layers[1].w`) or the name of an argument. */
export interface Fault {
  readonly path: string
  readonly expected: string
  readonly got: string
}

/** A fault, the code of an error that holds such faults alone, and what to do about it. */
export interface Finding {
  readonly fault: Fault
  readonly code: ErrorCode
  readonly advice: string
}

/**
 * Every error that this library raises.
 *
 * The message reads `where: expected what, got what. What to do.`, one line a fault, and `faults` holds the same as data.
 */
export class ForegradError extends Error {
  override readonly name = 'ForegradError'
  readonly code: ErrorCode
  readonly faults: readonly Fault[]

  constructor(code: ErrorCode, faults: readonly Fault[], advice: string) {
    super(`${faults.map(sentence).join('\n')}${faults.length > 1 ? '\n' : ' '}${advice}`)
    this.code = code
    this.faults = faults
  }
}

const sentence = ({ path, expected, got }: Fault): string => `${path}: expected ${expected}, got ${got}.`

/** A fault, said short. */
export const faultAt = (path: string, expected: string, got: string): Fault => ({ path, expected, got })

/** An error of one fault. */
export const errorOf = (code: ErrorCode, path: string, expected: string, got: string, advice: string): ForegradError =>
  new ForegradError(code, [faultAt(path, expected, got)], advice)

/** The words of an error of as many faults as there are: its code, and what to do about them. */
export type Words = readonly [code: ErrorCode, advice: string]

/** Throws one error for all `faults`; does nothing when there are none. */
export const raise = (code: ErrorCode, faults: readonly Fault[], advice: string): void => {
  if (faults.length > 0) throw new ForegradError(code, faults, advice)
}

/** Throws one error for all `faults`; does nothing when there are none. */
export const raiseAs = ([code, advice]: Words, faults: readonly Fault[]): void => {
  if (faults.length > 0) throw new ForegradError(code, faults, advice)
}

/** A value as an error message shows it: its text, shortened, and its type where the text does not tell. Takes whatever there is. */
export const describe = (value: unknown): string => {
  if (value === null || value === undefined || typeof value === 'number' || typeof value === 'boolean')
    return Object.is(value, -0) ? '-0' : String(value)
  if (typeof value === 'string') return `'${value.length > 40 ? `${value.slice(0, 40)}…` : value}' (string)`
  if (typeof value === 'symbol') return `${String(value)} (symbol)`
  if (typeof value === 'bigint') return `${String(value).slice(0, 40)}n (bigint)`
  if (typeof value === 'function') return `a function${typeof value.name === 'string' ? named(value.name) : ''}`
  if (Array.isArray(value)) return `an array of ${value.length}`
  return `an object${isPlain(value) ? ` with keys ${keys(value)}` : named(className(value))}`
}

const named = (name: string): string => (name === '' ? '' : ` (${name})`)

const isPlain = (value: object): boolean => {
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** The name of the class that made an object; nothing where its prototypes know none. */
const className = (value: object): string => {
  const maker: unknown = Object.getPrototypeOf(value).constructor
  return typeof maker === 'function' && typeof maker.name === 'string' ? maker.name : ''
}

const keys = (value: object): string => {
  const names = Object.keys(value)
  if (names.length === 0) return '(none)'
  return names.length > 6 ? `${names.slice(0, 6).join(', ')}, …` : names.join(', ')
}
