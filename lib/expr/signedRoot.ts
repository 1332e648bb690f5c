/** Factors that may leave float32 though what they scale does not: they are applied by their root, twice. */
import { abs, add, binaryNode, constant, div, type Expr, less, max, mul, neg, select, sign, sqrt } from './expr.ts'
import { nodesOf, substitute } from './fold.ts'
import { affineInSquares } from './rangeSums.ts'

const positiveOps: ReadonlySet<string> = new Set(['sqrt', 'abs', 'exp', 'isNaN', 'isFinite'])
const answers: ReadonlySet<string> = new Set(['less', 'lessEqual', 'equal'])
const keepSign: ReadonlySet<string> = new Set(['add', 'mul', 'div', 'min'])

/** True for what is never below 0, by its form alone. */
const isNotNegative = (node: Expr): boolean => {
  switch (node.kind) {
    case 'constant':
      return node.value >= 0
    case 'unary':
      return positiveOps.has(node.op)
    case 'binary':
      if (answers.has(node.op) || (node.op === 'mul' && node.x === node.y)) return true
      if (node.op === 'max') return isNotNegative(node.x) || isNotNegative(node.y)
      return keepSign.has(node.op) && isNotNegative(node.x) && isNotNegative(node.y)
    case 'select':
      return isNotNegative(node.yes) && isNotNegative(node.no)
    case 'reduce':
      return node.op === 'sum' && isNotNegative(node.x)
    default:
      return false
  }
}

const plainRoot = (node: Expr): Expr => (isNotNegative(node) ? sqrt(node) : mul(sign(node), sqrt(abs(node))))

const square = (x: Expr): Expr => mul(x, x)

/** √(x + y) of two numbers that are not negative, of whose roots the larger may be past 2^60: then both are made smaller first. */
const rootOfSum = (sum: Expr, x: Expr, y: Expr): Expr => {
  const smaller = (root: Expr): Expr => square(mul(root, 2 ** -40))
  return select(less(max(x, y), 2 ** 60), sqrt(sum), mul(2 ** 40, sqrt(add(smaller(x), smaller(y)))))
}

const isZero = (node: Expr): boolean => node.kind === 'constant' && node.value === 0

/**
 * sign(x)·√|x| of a number of rank step or leaf. The root of a product is the product of the roots, and so for quotients, the smaller and the
 * larger: so what stands below the root stays in range.
 */
const signedRoot = (): ((node: Expr) => Expr) => {
  const done = new Map<Expr, Expr>()
  const rootOf = (node: Expr): Expr => {
    const known = done.get(node)
    if (known) return known
    const made = make(node)
    done.set(node, made)
    return made
  }
  const make = (node: Expr): Expr => {
    if (node.kind === 'constant') return constant(Math.sign(node.value) * Math.sqrt(Math.abs(node.value)))
    if (node.kind === 'select') return select(node.test, rootOf(node.yes), rootOf(node.no))
    if (node.kind === 'unary' && node.op === 'neg') return neg(rootOf(node.x))
    if (node.kind !== 'binary') return plainRoot(node)
    const { op, x, y } = node
    if (op === 'mul' || op === 'div' || op === 'min' || op === 'max') return binaryNode(op, rootOf(x), rootOf(y))
    if (op !== 'add' || !isNotNegative(x) || !isNotNegative(y)) return plainRoot(node)
    if (isZero(x) || isZero(y)) return rootOf(isZero(x) ? y : x)
    return affineInSquares(node) ? sqrt(node) : rootOfSum(node, rootOf(x), rootOf(y))
  }
  return rootOf
}

const isReduced = (expr: Expr): boolean => nodesOf([expr]).some(({ kind }) => kind === 'reduce')

/** What a cell is multiplied by, where that depends on a reduction. */
const scaling = (node: Expr): { readonly x: Expr; readonly factor: Expr } | undefined => {
  if (node.kind !== 'binary' || node.rank !== 'cell' || (node.op !== 'mul' && node.op !== 'div')) return undefined
  const [x, y] = node.op === 'mul' && node.x.rank !== 'cell' ? [node.y, node.x] : [node.x, node.y]
  if (x.rank !== 'cell' || y.rank === 'cell' || !isReduced(y)) return undefined
  return { x, factor: node.op === 'mul' ? y : div(1, y) }
}

/**
 * `x·f → (x·r)·|r|` and `x / f → (x·r)·|r|`, r = sign(f)·√|f| or that of 1 / f, where f is no cell and depends on a reduction: f may be 1e40 or
 * 1e-40, as a norm or the inverse of one, and the result in range. `wide`: numbers of rank step and leaf are float64.
 */
export const scaleByRoots = (wide: boolean): ((expr: Expr) => Expr) => {
  const rootOf = wide ? plainRoot : signedRoot()
  const visit: (expr: Expr) => Expr = substitute((node) => {
    const found = scaling(node)
    if (!found) return undefined
    const root = rootOf(found.factor)
    const factor = visit(root)
    return mul(mul(visit(found.x), factor), isNotNegative(root) ? factor : abs(factor))
  })
  return visit
}
