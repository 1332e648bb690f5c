/** The float64 meaning of every operation on numbers: what all engines must agree with. */
import { noNumberAfter } from '../errors/expressions.ts'
import type { BinaryOp, Expr, UnaryOp } from './expr.ts'
import { type Algebra, fold } from './fold.ts'

export const unaryMeaning: { readonly [op in UnaryOp]: (x: number) => number } = {
  neg: (x) => -x,
  abs: Math.abs,
  sign: Math.sign,
  sqrt: Math.sqrt,
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  cos: Math.cos,
  tanh: Math.tanh,
  floor: Math.floor,
  isNaN: (x) => (Number.isNaN(x) ? 1 : 0),
  isFinite: (x) => (Number.isFinite(x) ? 1 : 0),
}

export const binaryMeaning: { readonly [op in BinaryOp]: (x: number, y: number) => number } = {
  add: (x, y) => x + y,
  sub: (x, y) => x - y,
  mul: (x, y) => x * y,
  div: (x, y) => x / y,
  pow: (x, y) => x ** y,
  min: Math.min,
  max: Math.max,
  less: (x, y) => (x < y ? 1 : 0),
  lessEqual: (x, y) => (x <= y ? 1 : 0),
  equal: (x, y) => (x === y ? 1 : 0),
}

/** A function of an environment: what step-rank work is compiled to. */
export type Thunk<E> = (env: E) => number

/** What a function of the count returns. Errors: `bad-hyperparameter` where that is no number. */
export const callHost = (f: (count: number) => number, count: number): number => {
  const value: unknown = f(count)
  if (f === Math.fround || (typeof value === 'number' && !Number.isNaN(value))) return value as number
  throw noNumberAfter(f.name, count, value)
}

/** How names are looked up in an environment; `host`, where functions are not called as they come. */
type Lookup<E> = Pick<Algebra<Thunk<E>>, 'input' | 'fact' | 'reduce'> & Partial<Pick<Algebra<Thunk<E>>, 'host'>>

/** The algebra of closures over an environment. */
export const closures = <E>(lookup: Lookup<E>): Algebra<Thunk<E>> => ({
  constant:
    ({ value }) =>
    () =>
      value,
  host:
    ({ f }, x) =>
    (env) =>
      callHost(f, x(env)),
  unary: mapRecord(unaryMeaning, (f) => (x) => (env) => f(x(env))),
  binary: mapRecord(binaryMeaning, (f) => (x, y) => (env) => f(x(env), y(env))),
  select: (test, yes, no) => (env) => (test(env) !== 0 ? yes(env) : no(env)),
  ...lookup,
})

/** The same keys with other values. */
export const mapRecord = <K extends string, A, B>(
  record: { readonly [k in K]: A },
  f: (a: A, key: K) => B,
): { readonly [k in K]: B } =>
  Object.fromEntries(Object.entries(record).map(([k, a]) => [k, f(a as A, k as K)])) as { [k in K]: B }

/** The value of a hyperparameter after `count` updates; the first update sees 0. A plain function will do. */
export type Schedule = (count: number) => number

/** A schedule that is also data: its value as an expression of the count. The library's own are of this kind. */
export interface DataSchedule extends Schedule {
  readonly expr: Expr<'step'>
}

/** True for schedules that carry their expression. */
export const isDataSchedule = (x: unknown): x is DataSchedule => typeof x === 'function' && 'expr' in x

/** The value of a step-rank expression of the count, as a schedule is. */
export const ofCount = (expr: Parameters<ReturnType<typeof fold>>[0]): ((count: number) => number) =>
  fold(
    closures<number>({
      input: () => (count) => count,
      fact: () => () => Number.NaN,
      reduce: () => () => Number.NaN,
    }),
  )(expr)
