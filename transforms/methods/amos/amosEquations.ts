import { add, div, type Expr, max, mul, neg, pow, sqrt, sub } from '../../../lib/expr/expr.ts'
import { type Hyper, hyper } from '../../../lib/expr/schedule.ts'
import { ema } from '../../../lib/expr/words.ts'

/** The constants of Amos. */
export interface AmosConstants {
  readonly learningRate: Hyper
  readonly beta: number
  readonly extraL2: number
  readonly cCoef: number
  readonly dCoef: number
  readonly epsilon: number
}

/** What an update of one variable is made of; `g2` is the mean of g² over what the slots leave out. */
export interface AmosInputs {
  readonly g: Expr
  readonly p: Expr
  readonly g2: Expr
  readonly eta: Expr
  readonly count: Expr<'step'>
  readonly v: Expr
  readonly b: Expr
}

/** What an update of one variable comes to. */
export interface AmosResults {
  readonly u: Expr
  readonly count: Expr<'step'>
  readonly v: Expr
  readonly b: Expr
}

/** 1 / (1 + …) and its like: a factor that falls from 1 as b grows. */
const decaying = (coefficient: number, rate: Expr, b: Expr): Expr => add(1, mul(mul(coefficient, sqrt(rate)), b))

/**
 * One update of Amos, whatever the shape of its slots: see `scaleByAmos`, which tells the formulas.
 */
export const amosEquations = ({ g, p, g2, eta, ...old }: AmosInputs, constants: AmosConstants): AmosResults => {
  const { beta, extraL2, cCoef, dCoef, epsilon } = constants
  const count = add(old.count, 1)
  const xi = hyper(constants.learningRate, count)
  const v = ema(old.v, g2, beta)
  const r = div(sub(1, pow(beta, count)), max(v, epsilon))
  const c = div(1, sqrt(decaying(cCoef, xi, old.b)))
  const d = div(1, decaying(dCoef, mul(xi, eta), old.b))
  const gamma = mul(mul(c, mul(xi, xi)), mul(r, g2))
  const decay = mul(add(mul(0.5, gamma), extraL2), p)
  const step = mul(mul(mul(xi, eta), sqrt(r)), g)
  return { u: mul(d, sub(neg(decay), step)), count, v, b: add(old.b, mul(gamma, add(1, old.b))) }
}
