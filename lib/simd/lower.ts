/** What every operation of an expression is in vector instructions. */
import type { BinaryOp, UnaryOp } from '../expr/expr.ts'
import { cos64 } from './cosine.ts'
import type { Instruction } from './instructions.ts'
import type { LaneGraph, Value } from './lanes.ts'
import { exp64, expm164, log1p64, log64, pow64, tanh64 } from './transcendental.ts'

type Unary = (g: LaneGraph, x: Value) => Value
type Binary = (g: LaneGraph, x: Value, y: Value) => Value

const one =
  (name: Instruction): Unary =>
  (g, x) =>
    g.do(name, x)
const two =
  (name: Instruction): Binary =>
  (g, x, y) =>
    g.do(name, x, y)
const comparison =
  (name: Instruction): Binary =>
  (g, x, y) =>
    g.number(g.do(name, x, y))

/** Each half of the lanes by itself, in float64. */
const halves =
  (f: Unary): Unary =>
  (g, x) => {
    const [low, high] = g.wide(x)
    return g.narrow([f(g, low), f(g, high)])
  }

const pow: Binary = (g, x, y) => {
  const [[xLow, xHigh], [yLow, yHigh]] = [g.wide(x), g.wide(y)]
  return g.narrow([pow64(g, xLow, yLow), pow64(g, xHigh, yHigh)])
}

/** 1 with the sign of x, where x is neither 0 nor NaN; there x itself. */
const sign: Unary = (g, x) => {
  const signed = g.do('v128.or', g.do('v128.and', x, g.f32(-0)), g.f32(1))
  return g.choose(g.do('f32x4.gt', g.do('f32x4.abs', x), g.f32(0)), signed, x)
}

export const unary: { readonly [op in UnaryOp]: Unary } = {
  neg: one('f32x4.neg'),
  abs: one('f32x4.abs'),
  sign,
  sqrt: one('f32x4.sqrt'),
  exp: halves(exp64),
  expm1: halves(expm164),
  log: halves(log64),
  log1p: halves(log1p64),
  cos: halves(cos64),
  tanh: halves(tanh64),
  floor: one('f32x4.floor'),
  isNaN: (g, x) => g.number(g.do('f32x4.ne', x, x)),
  isFinite: (g, x) => g.number(g.do('f32x4.lt', g.do('f32x4.abs', x), g.f32(Number.POSITIVE_INFINITY))),
}

export const binary: { readonly [op in BinaryOp]: Binary } = {
  add: two('f32x4.add'),
  sub: two('f32x4.sub'),
  mul: two('f32x4.mul'),
  div: two('f32x4.div'),
  pow,
  min: two('f32x4.min'),
  max: two('f32x4.max'),
  less: comparison('f32x4.lt'),
  lessEqual: comparison('f32x4.le'),
  equal: comparison('f32x4.eq'),
}

export const select = (g: LaneGraph, test: Value, yes: Value, no: Value): Value => g.choose(g.mask(test), yes, no)
