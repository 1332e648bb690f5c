/** Expressions as expressions of Python, of scalars and jax arrays. */
import type { BinaryOp, UnaryOp } from '../expr/expr.ts'
import type { Algebra } from '../expr/fold.ts'
import { binaryMeaning, mapRecord, unaryMeaning } from '../expr/meaning.ts'

/**
 * A piece of Python. `kind` is what it makes: a number that Python knows, an int32, a truth or a float of JAX. `binds` is how tightly its
 * outermost operation does: 0 comparison, 1 sum, 2 product, 3 sign, 4 power, 5 name or call.
 */
export interface Term {
  readonly code: string
  readonly kind: 'number' | 'int' | 'bool' | 'float'
  readonly binds: number
  /** Of a number: what it is. */
  readonly value?: number
  /** Of b^t, for a number b: so that 1 − b^t is said without cancellation. */
  readonly power?: { readonly base: number; readonly exponent: Term }
  /** Of a quotient of integers: its floor, which is exact. */
  readonly whole?: Term
}

export const atom = (code: string, kind: Term['kind'] = 'float'): Term => ({ code, kind, binds: 5 })

export const within = (x: Term, binds: number): string => (x.binds < binds ? `(${x.code})` : x.code)

export const numberText = (value: number): string => {
  if (Number.isNaN(value)) return 'jnp.nan'
  if (!Number.isFinite(value)) return value > 0 ? 'jnp.inf' : '-jnp.inf'
  if (Object.is(value, -0)) return '-0.0'
  const text = String(value)
  return /^-?\d+$/.test(text) ? `${text}.0` : text
}

/** A number as Python writes a float. */
export const numberTerm = (value: number, code = numberText(value), binds?: number): Term => ({
  code,
  kind: 'number',
  binds: binds ?? (code.startsWith('-') ? 3 : 5),
  value,
})

const isWhole = (x: Term): boolean => x.value !== undefined && Number.isInteger(x.value) && Math.abs(x.value) < 2 ** 31
const isInt = (x: Term): boolean => x.kind === 'int' || (isWhole(x) && !Object.is(x.value, -0))
const bothInts = (x: Term, y: Term): boolean => isInt(x) && isInt(y) && (x.kind === 'int' || y.kind === 'int')

/** The same as an operand among integers. */
const asInt = (x: Term): Term =>
  x.kind === 'number' ? { ...x, code: String(x.value), binds: (x.value as number) < 0 ? 3 : 5 } : x

/** The same as a float, as JAX has it by default. */
export const asFloat = (x: Term): Term => {
  if (x.kind === 'int') return atom(`${within(x, 5)}.astype(float)`)
  return x.kind === 'bool' ? atom(`jnp.where(${x.code}, 1.0, 0.0)`) : x
}

/** The same where a number is computed with: truths are 1 and 0. */
const asNumber = (x: Term): Term => (x.kind === 'bool' ? asFloat(x) : x)

const call = (name: string, xs: readonly Term[], kind: Term['kind'] = 'float'): Term =>
  atom(`${name}(${xs.map((x) => x.code).join(', ')})`, kind)

/** One operation on numbers that Python knows is done here. */
const folded = (value: number): Term => numberTerm(value)

const functions: { readonly [op in UnaryOp]: string } = {
  neg: '-',
  abs: 'jnp.abs',
  sign: 'jnp.sign',
  sqrt: 'jnp.sqrt',
  exp: 'jnp.exp',
  expm1: 'jnp.expm1',
  log: 'jnp.log',
  log1p: 'jnp.log1p',
  cos: 'jnp.cos',
  tanh: 'jnp.tanh',
  floor: 'jnp.floor',
  isNaN: 'jnp.isnan',
  isFinite: 'jnp.isfinite',
}
const ofInts: ReadonlySet<UnaryOp> = new Set(['abs', 'sign', 'neg'])

const unary = (name: string, op: UnaryOp) => {
  return (given: Term): Term => {
    if (given.value !== undefined) return folded(unaryMeaning[op](given.value))
    if (op === 'floor' && given.kind === 'int') return given
    if (op === 'floor' && given.whole) return given.whole
    const x = asNumber(given)
    const kept = x.kind === 'int' && ofInts.has(op)
    if (op === 'neg') return { code: `-${within(x, 3)}`, kind: x.kind, binds: 3 }
    return call(name, [kept ? x : asFloat(x)], op === 'isNaN' || op === 'isFinite' ? 'bool' : kept ? 'int' : 'float')
  }
}

const signs: { readonly [op in BinaryOp]?: { readonly sign: string; readonly binds: number; readonly right: number } } =
  {
    add: { sign: ' + ', binds: 1, right: 2 },
    sub: { sign: ' - ', binds: 1, right: 2 },
    mul: { sign: ' * ', binds: 2, right: 3 },
    div: { sign: ' / ', binds: 2, right: 3 },
    less: { sign: ' < ', binds: 0, right: 1 },
    lessEqual: { sign: ' <= ', binds: 0, right: 1 },
    equal: { sign: ' == ', binds: 0, right: 1 },
  }
const comparisons: ReadonlySet<BinaryOp> = new Set(['less', 'lessEqual', 'equal'])
const ops: readonly BinaryOp[] = ['add', 'sub', 'mul', 'div', 'pow', 'min', 'max', 'less', 'lessEqual', 'equal']

/** 1 − b^t = −expm1(t·log b): near t = 0 the difference itself would be lost in float32. */
const oneMinusPower = (x: Term, y: Term): Term | undefined => {
  if (x.value !== 1 || !y.power || !(y.power.base > 0)) return undefined
  return { code: `-jnp.expm1(${within(y.power.exponent, 2)} * math.log(${y.power.base}))`, kind: 'float', binds: 3 }
}

const isSimple = (code: string): boolean => /^([A-Za-z_][\w.]*|-?[\d.]+(e-?\d+)?)$/.test(code)
/** Without spaces between names and numbers, as formatters have it. */
const raised = (base: string, exponent: string): string =>
  isSimple(base) && isSimple(exponent) ? `${base}**${exponent}` : `${base} ** ${exponent}`

const power = (x: Term, y: Term): Term => {
  const exponent = isWhole(y) ? asInt(y) : asFloat(y)
  const code = raised(within(x.kind === 'number' ? x : asFloat(x), 5), within(exponent, 5))
  const term: Term = { code, kind: 'float', binds: 4 }
  return x.value === undefined ? term : { ...term, power: { base: x.value, exponent: y } }
}

const wholeQuotient = (x: Term, y: Term): Term => ({
  code: `${within(asInt(x), 2)} // ${within(asInt(y), 3)}`,
  kind: 'int',
  binds: 2,
})

const sameText = (x: Term, y: Term): boolean => x.code === y.code && x.binds === 5

const binary = (op: BinaryOp) => {
  return (a: Term, b: Term): Term => {
    if (a.value !== undefined && b.value !== undefined) {
      const value = binaryMeaning[op](a.value, b.value)
      const isShare = op === 'sub' && a.value === 1 && b.value > 0 && b.value < 1
      return isShare ? numberTerm(value, `1 - ${b.code}`, 1) : folded(value)
    }
    if (op === 'mul' && a.kind === 'bool' && b.kind === 'bool') return call('jnp.logical_and', [a, b], 'bool')
    if (op === 'sub') {
      const made = oneMinusPower(a, b)
      if (made) return made
    }
    const [x, y] = [asNumber(a), asNumber(b)]
    const ints = bothInts(x, y)
    if (op === 'pow') return power(x, y)
    if (op === 'mul' && sameText(x, y)) return { code: raised(x.code, '2'), kind: ints ? 'int' : 'float', binds: 4 }
    if (op === 'min' || op === 'max') {
      const kept = ints ? [asInt(x), asInt(y)] : [asFloat(x), asFloat(y)]
      return call(op === 'min' ? 'jnp.minimum' : 'jnp.maximum', kept, ints ? 'int' : 'float')
    }
    const { sign, binds, right } = signs[op] as NonNullable<(typeof signs)[BinaryOp]>
    const exact = ints && op !== 'div'
    const [left, other] = exact ? [asInt(x), asInt(y)] : [asFloat(x), asFloat(y)]
    const code = `${within(left, binds === 0 ? 1 : binds)}${sign}${within(other, right)}`
    const term: Term = { code, kind: comparisons.has(op) ? 'bool' : exact ? 'int' : 'float', binds }
    return op === 'div' && ints ? { ...term, whole: wholeQuotient(x, y) } : term
  }
}

/** A term as a truth of JAX; nothing for a number that is neither 0 nor 1. */
const asTruth = (x: Term): string | undefined => {
  if (x.kind === 'bool') return x.code
  return x.value === 0 || x.value === 1 ? (x.value === 1 ? 'True' : 'False') : undefined
}

export const select = (given: Term, yes: Term, no: Term): Term => {
  if (given.value !== undefined) return given.value !== 0 ? yes : no
  const test = given.kind === 'bool' ? given : { ...given, code: `${within(given, 1)} != 0`, kind: 'bool' as const }
  if (yes.value === 1 && no.value === 0) return test
  if (yes.value === 0 && no.value === 1) return call('jnp.logical_not', [test], 'bool')
  const [a, b] = [asTruth(yes), asTruth(no)]
  if (b === 'False' && yes.kind === 'bool') return call('jnp.logical_and', [test, yes], 'bool')
  if (a === 'True' && no.kind === 'bool') return call('jnp.logical_or', [test, no], 'bool')
  if (yes.kind === 'bool' && no.kind === 'bool') return call('jnp.where', [test, yes, no], 'bool')
  const ints = isInt(asNumber(yes)) && isInt(asNumber(no)) && (yes.kind === 'int' || no.kind === 'int')
  const [x, y] = ints ? [asInt(yes), asInt(no)] : [asFloat(yes), asFloat(no)]
  return call('jnp.where', [test, x, y], ints ? 'int' : 'float')
}

/** What is printed of every operation; inputs, facts and reductions are their scope's. */
export const printed: Pick<Algebra<Term>, 'constant' | 'unary' | 'binary' | 'select'> = {
  constant: ({ value }) => numberTerm(value),
  unary: mapRecord(functions, unary),
  binary: mapRecord(Object.fromEntries(ops.map((op) => [op, op])) as { [op in BinaryOp]: BinaryOp }, binary),
  select,
}
