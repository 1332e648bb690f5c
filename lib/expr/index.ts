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
  fact,
  floor,
  isFinite,
  isNaN,
  less,
  lessEqual,
  log,
  mask,
  max,
  maxLeaf,
  maxTree,
  min,
  mul,
  neg,
  pow,
  select,
  sign,
  sqrt,
  sub,
  sumLeaf,
  sumTree,
} from './expr.ts'
export { hyper } from './schedule.ts'
export { debias, ema, lerp, meanLeaf, normLeaf, normTree, not, rmsLeaf, sizeLeaf, square, where } from './words.ts'
