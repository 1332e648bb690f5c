/** Float32 on the host, where a schedule is to round as optax's does. */
import { type Expr, host, lift, mul, type Operand, pow } from './expr.ts'

/** x rounded to float32, by the host. */
export const single = (x: Operand<'step'>): Expr<'step'> => host(Math.fround, lift(x))

/** x^n in float32, for an x in float32: by squaring where n is an integer, each product rounded, as JAX does it. */
export const singlePow = (x: Expr<'step'>, n: number): Expr<'step'> =>
  Number.isInteger(n) && n > 0 ? bySquaring(x, n) : single(pow(x, single(n)))

const bySquaring = (x: Expr<'step'>, n: number, product?: Expr<'step'>): Expr<'step'> => {
  const next = n % 2 === 0 ? product : product ? single(mul(product, x)) : x
  return n === 1 ? (next as Expr<'step'>) : bySquaring(single(mul(x, x)), Math.floor(n / 2), next)
}

/** True for what is float32 whichever way its selections go. */
export const isSingle = (x: Expr): boolean => {
  if (x.kind === 'host') return x.f === Math.fround
  if (x.kind === 'select') return isSingle(x.yes) && isSingle(x.no)
  return x.kind === 'binary' && (x.op === 'min' || x.op === 'max') && isSingle(x.x) && isSingle(x.y)
}
