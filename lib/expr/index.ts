/** The builders and words of expressions, as the public namespace `expr`. */
export type { Expr, LeafInfo, Operand, Rank } from './expr.ts'
export {
  abs,
  add,
  constant,
  cos,
  div,
  equal,
  exp,
  expm1,
  fact,
  floor,
  isFinite,
  isNaN,
  less,
  lessEqual,
  log,
  log1p,
  mask,
  max,
  min,
  mul,
  neg,
  pow,
  select,
  sign,
  sqrt,
  sub,
  tanh,
} from './expr.ts'
export { maxLeaf, maxTree, sumLeaf, sumTree } from './reductions.ts'
export { hyper } from './schedule.ts'
export { debias, ema, lerp, meanLeaf, normLeaf, normTree, not, rmsLeaf, sizeLeaf, square, where } from './words.ts'
