/** The words of the trade, built of the operations. */
import { add, div, type Expr, fact, type Join, mul, type Operand, pow, type RankOf, select, sqrt, sub } from './expr.ts'
import { sumLeaf, sumTree } from './reductions.ts'

/** x² */
export const square = <T extends Operand>(x: T): Expr<RankOf<T>> => mul(x, x) as Expr<RankOf<T>>

/** The exponential moving average: decay·old + (1 − decay)·x. */
export const ema = <A extends Operand, B extends Operand, D extends Operand>(
  old: A,
  x: B,
  decay: D,
): Expr<Join<A | B | D>> => add(mul(decay, old), mul(sub(1, decay), x)) as Expr as Expr<Join<A | B | D>>

/** An average that started at 0, freed of that start: m / (1 − decay^count), count = updates it has seen. */
export const debias = <M extends Operand>(m: M, decay: Operand<'step'>, count: Operand<'step'>): Expr<RankOf<M>> =>
  div(m, sub(1, pow(decay, count))) as Expr<RankOf<M>>

/** From a to b: a + t·(b − a). */
export const lerp = <A extends Operand, B extends Operand, T extends Operand>(
  a: A,
  b: B,
  t: T,
): Expr<Join<A | B | T>> => add(a, mul(t, sub(b, a))) as Expr<Join<A | B | T>>

/** `yes` where `test` is not 0, else `no`: another name of `select`. */
export const where = select

/** 1 where `test` is 0, else 0. */
export const not = <T extends Operand>(test: T): Expr<RankOf<T>> => select(test, 0, 1) as Expr<RankOf<T>>

/** The number of elements of the leaf. */
export const sizeLeaf: Expr<'leaf'> = /* @__PURE__ */ fact('size', (leaf) => leaf.size)

/** The mean over the elements of a leaf; NaN for an empty one. */
export const meanLeaf = (x: Expr<'cell'>): Expr<'leaf'> => div(sumLeaf(x), sizeLeaf)

/** The Euclidean norm of a leaf: √Σx². */
export const normLeaf = (x: Expr<'cell'>): Expr<'leaf'> => sqrt(sumLeaf(square(x)))

/** The Euclidean norm of the whole tree: √Σx² over all leaves. */
export const normTree = (x: Expr<'cell'>): Expr<'step'> => sqrt(sumTree(square(x)))

/** The root mean square of a leaf: √(Σx²/size). */
export const rmsLeaf = (x: Expr<'cell'>): Expr<'leaf'> => sqrt(meanLeaf(square(x)))
