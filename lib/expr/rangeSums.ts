/**
 * Norms for engines that add up in float32: three sums in place of one, each over the numbers of one range, scaled so that no square leaves
 * float32. Of numbers from 2^-40 to 2^40 the sum is what it was.
 */
import { abs, add, binaryNode, type Expr, equal, less, mul, type Reduce, select, sqrt } from './expr.ts'
import { nodesOf, rebuild, substitute } from './fold.ts'

const square = (x: Expr): Expr => mul(x, x)

const [up, down] = [2 ** 80, 2 ** -80]

/** `f` of what is squared in a sum of squares, under the choices of masks; nothing for any other summand. */
const inSquares = (summand: Expr, f: (x: Expr) => Expr): Expr | undefined => {
  if (summand.kind === 'binary')
    return summand.op === 'mul' && summand.x === summand.y ? square(f(summand.x)) : undefined
  if (summand.kind === 'constant') return summand.value === 0 ? summand : undefined
  if (summand.kind !== 'select') return undefined
  const [yes, no] = [inSquares(summand.yes, f), inSquares(summand.no, f)]
  return yes && no && select(summand.test, yes, no)
}

const isSumOfSquares = (node: Expr): node is Reduce =>
  node.kind === 'reduce' && node.op === 'sum' && node.x.rank === 'cell' && !!inSquares(node.x, (x) => x)

interface Affine {
  readonly sum: Reduce
  /** The expression with another number for the sum, and what is added to it changed by `f`. */
  readonly of: (sum: Expr, f: (x: Expr) => Expr) => Expr
}

const isKnown = (node: Expr): boolean => node.rank !== 'cell' && !nodesOf([node]).some(({ kind }) => kind === 'reduce')

/** A sum of squares, multiplied, divided or added to by numbers that depend on no reduction; nothing for any other expression. */
export const affineInSquares = (node: Expr): Affine | undefined => {
  if (isSumOfSquares(node)) return { sum: node, of: (sum) => sum }
  if (node.kind !== 'binary') return undefined
  const { op, x, y } = node
  if (op !== 'mul' && op !== 'div' && op !== 'add') return undefined
  const right = op !== 'div' && isKnown(x)
  if (!right && !isKnown(y)) return undefined
  const inner = affineInSquares(right ? y : x)
  if (!inner) return undefined
  const other = right ? x : y
  return {
    sum: inner.sum,
    of: (sum, f) => {
      const [a, b] = [inner.of(sum, f), op === 'add' ? f(other) : other]
      return right ? binaryNode(op, b, a) : binaryNode(op, a, b)
    },
  }
}

interface Sums {
  /** Σ(x·2^-80)² where |x| > 2^40, Σx² in between and of NaN, Σ(x·2^80)² where |x| < 2^-40. */
  readonly large: Expr
  readonly middle: Expr
  readonly small: Expr
}

const sumsOf = (sum: Reduce): Sums => {
  const over = (range: (x: Expr) => Expr): Expr => rebuild(sum, [inSquares(sum.x, range) as Expr])
  const isLarge = (x: Expr): Expr => less(2 ** 40, abs(x))
  const isSmall = (x: Expr): Expr => less(abs(x), 2 ** -40)
  return {
    large: over((x) => select(isLarge(x), mul(x, down), 0)),
    middle: over((x) => select(isLarge(x), 0, select(isSmall(x), 0, x))),
    small: over((x) => select(isSmall(x), mul(x, up), 0)),
  }
}

/** x·2^-160, which float32 has only as two factors. */
const lowered = (x: Expr): Expr => mul(mul(x, down), down)
const same = (x: Expr): Expr => x

/** The root, or the root of the root …, of what is affine in a sum of squares; its scale stays outside the roots. */
const rootOfSums = (affine: Affine, { large, middle, small }: Sums, depth: number): Expr => {
  const root = (x: Expr, scale: number): Expr => {
    let made = x
    for (let i = 0; i < depth; i++) made = sqrt(made)
    return scale === 1 ? made : mul(scale ** (2 / 2 ** depth), made)
  }
  const withSmall = add(middle, lowered(small))
  const [high, mid, low] = [
    root(affine.of(add(large, lowered(middle)), lowered), up),
    root(affine.of(withSmall, same), 1),
    root(affine.of(small, same), down),
  ]
  return select(less(0, large), high, select(equal(affine.of(middle, same), 0), low, mid))
}

interface Roots {
  readonly affine: Affine
  readonly depth: number
}

/** √ … √ of what is affine in a sum of squares. */
const rootsIn = (node: Expr): Roots | undefined => {
  let [inner, depth] = [node, 0]
  for (; inner.kind === 'unary' && inner.op === 'sqrt'; depth++) inner = inner.x
  const affine = depth > 0 ? affineInSquares(inner) : undefined
  return affine && { affine, depth }
}

/** Replaces norms in expressions that are part of `roots` by norms made of three sums. */
export const normsInRange = (roots: readonly Expr[]): ((expr: Expr) => Expr) => {
  const found = new Set(nodesOf(roots).flatMap((node) => rootsIn(node)?.affine.sum ?? []))
  const sums = new Map<Reduce, Sums>()
  const visit: (expr: Expr) => Expr = substitute((node) => {
    const norm = rootsIn(node)
    if (norm) return rootOfSums(norm.affine, inRange(norm.affine.sum), norm.depth)
    if (node.kind !== 'reduce' || !found.has(node)) return undefined
    const { large, middle, small } = inRange(node)
    return add(mul(mul(large, up), up), add(middle, lowered(small)))
  })
  const inRange = (sum: Reduce): Sums => {
    const known = sums.get(sum)
    if (known) return known
    const made = sumsOf(rebuild(sum, [visit(sum.x)]) as Reduce)
    sums.set(sum, made)
    return made
  }
  return visit
}
