/** The mistakes that a person makes in one place of a formula. */
import {
  add,
  type BinaryOp,
  binaryNode,
  constant,
  div,
  type Expr,
  host,
  max,
  neg,
  reduceNode,
  selectNode,
  sqrt,
  sub,
  type UnaryOp,
  unaryNode,
} from '../../lib/expr/expr.ts'
import { nodesOf } from '../../lib/expr/fold.ts'

/** One mistake: what is wrong, in words, and what stands there in place of the node. */
export interface Mistake {
  readonly name: string
  readonly instead: Expr
}

/** 0.08 and not 0.07999999999999996. */
const rounded = (x: number): number => Number(x.toPrecision(12))

const isNumber = (node: Expr, test: (x: number) => boolean = () => true): boolean =>
  node.kind === 'constant' && test(node.value)
const isOne = (node: Expr): boolean => isNumber(node, (x) => x === 1)
const isFraction = (x: number): boolean => x > 0 && x < 1
/** As large as what keeps a divisor from 0. */
const isTiny = (node: Expr): boolean => isNumber(node, (x) => x > 0 && x <= 1e-3)

/** The constants that are taken for each other. */
const otherFraction = (x: number): number => {
  if (x === 0.9) return 0.999
  if (x > 0.9) return 0.9
  return x > 0.5 ? 0.99 : rounded(x / 10)
}

/** What else a constant is taken for. */
export const constants = (x: number): readonly number[] => {
  // 0, 1 and −1 are structure: what is wrong about them are operations.
  if (!Number.isFinite(x) || x === 0 || Math.abs(x) === 1) return []
  if (x > 0 && x <= 1e-3) return [rounded(x * 100)]
  if (isFraction(x)) return [otherFraction(x), rounded(1 - x)]
  return Number.isInteger(x) && x > 1 ? [x + 1, -x] : [rounded(x * 2), -x]
}

export const valueText = (x: number): string => String(rounded(x)).replace('-', '−')

/** The words for 1 − x in the place of x: the small one of the two is the share of the new in an average. */
const complement = (x: number): string => (x < 0.5 ? 'b for 1 − b, ' : '1 − b for b, ')

const ofConstant = (x: number): Mistake[] =>
  constants(x).map((other) => {
    const words = isFraction(x) && other === rounded(1 - x) ? complement(x) : ''
    return { name: `${words}${valueText(other)} for ${valueText(x)}`, instead: constant(other) }
  })

export const leftOut: { readonly [op in UnaryOp]?: string } = {
  neg: 'the sign',
  abs: 'the absolute value',
  sign: 'sign',
  sqrt: 'the root',
  exp: 'exp',
  log: 'log',
  tanh: 'tanh',
  floor: 'the rounding down',
  cos: 'cos',
}
const neighbours: { readonly [op in UnaryOp]?: UnaryOp } = { exp: 'expm1', expm1: 'exp', log: 'log1p', log1p: 'log' }

const ofUnary = (node: Expr & { readonly kind: 'unary' }): Mistake[] => {
  const { op, x } = node
  const found: Mistake[] = []
  const left = leftOut[op]
  if (left) found.push({ name: `${left} left out`, instead: x })
  const other = neighbours[op]
  if (other) found.push({ name: `${other} for ${op}`, instead: unaryNode(other, x) })
  if (op === 'isNaN' || op === 'isFinite') found.push({ name: `not ${op}`, instead: sub(1, node) })
  if (op === 'sqrt' && x.kind === 'binary' && x.op === 'add') {
    const [eps, rest] = isTiny(x.y) ? [x.y, x.x] : isTiny(x.x) ? [x.x, x.y] : []
    if (eps && rest) found.push({ name: 'eps outside the root', instead: add(sqrt(rest), eps) })
  }
  return found
}

const signs: { readonly [op in BinaryOp]: string } = {
  add: '+',
  sub: '−',
  mul: '·',
  div: '/',
  pow: '^',
  min: 'min',
  max: 'max',
  less: '<',
  lessEqual: '≤',
  equal: '=',
}

/** An operation taken for its neighbour. */
export const swapped: { readonly [op in BinaryOp]?: readonly BinaryOp[] } = {
  add: ['sub'],
  sub: ['add'],
  mul: ['div'],
  div: ['mul'],
  min: ['max'],
  max: ['min'],
  less: ['lessEqual'],
  lessEqual: ['less'],
}

/** 1 − b^t, the divisor of a bias correction: as it is written, and as −expm1(t·ln b) where counts live with the engine. */
const isCorrection = (node: Expr): boolean => {
  if (node.kind === 'unary' && node.op === 'neg') return node.x.kind === 'unary' && node.x.op === 'expm1'
  return node.kind === 'binary' && node.op === 'sub' && isOne(node.x) && node.y.kind === 'binary' && node.y.op === 'pow'
}

/** 1 − b, as it stands in an average. */
const isComplement = (node: Expr): boolean =>
  node.kind === 'binary' && node.op === 'sub' && isOne(node.x) && isNumber(node.y, isFraction)

const ofBinary = (node: Expr & { readonly kind: 'binary' }): Mistake[] => {
  const { op, x, y } = node
  const found: Mistake[] = []
  if (op === 'mul' && x === y) {
    return [
      { name: 'the square left out', instead: x },
      { name: '|x| for x²', instead: unaryNode('abs', x) },
    ]
  }
  if (op === 'div' && isCorrection(y)) found.push({ name: 'bias correction left out', instead: x })
  for (const other of swapped[op] ?? [])
    found.push({ name: `${signs[other]} for ${signs[op]}`, instead: binaryNode(other, x, y) })
  if (op === 'sub' || op === 'div' || op === 'less' || op === 'lessEqual')
    found.push({ name: `the sides of ${signs[op]} exchanged`, instead: binaryNode(op, y, x) })
  if (op === 'sub' && isOne(x) && isNumber(y, isFraction)) {
    found.push({ name: 'b for 1 − b', instead: y }, { name: '1 − b left out', instead: x })
  }
  if (op === 'add' || op === 'sub' || op === 'min' || op === 'max') {
    if (!isOne(x) || op !== 'sub') found.push({ name: 'the second term left out', instead: x })
    const second = op === 'sub' ? neg(y) : y
    if (!(op === 'sub' && isOne(x))) found.push({ name: 'the first term left out', instead: second })
  }
  if (op === 'mul' && !isNumber(x, (c) => c === -1) && !isNumber(y, (c) => c === -1)) {
    const factor = isComplement(x) ? '1 − b' : 'the first factor'
    found.push({ name: `${factor} left out`, instead: y }, { name: 'the second factor left out', instead: x })
  }
  if (op === 'div' && !isCorrection(y)) found.push({ name: 'the divisor left out', instead: x })
  if (op === 'add' && isTiny(y) && x.kind === 'unary' && x.op === 'sqrt') {
    found.push({ name: 'eps inside the root', instead: sqrt(add(x.x, y)) })
  }
  if (op === 'div' && y.kind === 'binary' && y.op === 'add' && isTiny(y.y)) {
    found.push({ name: 'max(x, eps) for x + eps', instead: div(x, max(y.x, y.y)) })
  }
  if (op === 'pow') {
    found.push(
      { name: 'the power of the count before', instead: binaryNode('pow', x, sub(y, 1)) },
      { name: 'the power of the count after', instead: binaryNode('pow', x, add(y, 1)) },
    )
  }
  return found
}

/** The names under which a power in a bias correction goes. */
const corrections: readonly (readonly [string, string])[] = [
  ['the power of the count before', 'bias correction of the count before'],
  ['the power of the count after', 'bias correction of the count after'],
]

/** `1 − b^t` by the words of the trade. */
const ofCorrection = (node: Expr & { readonly kind: 'binary' }): Mistake[] => {
  const power = node.y as Expr & { readonly kind: 'binary' }
  const inside = ofBinary(power).flatMap(({ name, instead }) => {
    const word = corrections.find(([before]) => before === name)?.[1]
    return word ? [{ name: word, instead: sub(1, instead) }] : []
  })
  return [...inside, ...ofBinary(node)]
}

const ofSelect = ({ test, yes, no, cut }: Expr & { readonly kind: 'select' }): Mistake[] => [
  { name: 'the branches exchanged', instead: selectNode(test, no, yes, cut) },
  { name: 'always the first branch', instead: yes },
  { name: 'always the second branch', instead: no },
]

const ofReduce = (node: Expr & { readonly kind: 'reduce' }): Mistake[] => {
  const { op, over, axes, plans, x } = node
  const other = op === 'sum' ? 'max' : 'sum'
  const found: Mistake[] = [{ name: `${other} for ${op}`, instead: reduceNode({ op: other, over, axes, plans }, x) }]
  const where = over === 'tree' ? 'leaf' : 'tree'
  const names = { leaf: 'leaf', tree: 'tree', axes: 'axes' }
  return [
    ...found,
    { name: `over the ${where} for the ${names[over]}`, instead: reduceNode({ op, over: where, plans }, x) },
  ]
}

const reads = (node: Expr, source: string): boolean =>
  nodesOf([node]).some((below) => below.kind === 'input' && below.source === source)

const ofHost = (node: Expr & { readonly kind: 'host' }): Mistake[] =>
  node.f === Math.fround || !reads(node.x, 'slot')
    ? []
    : [{ name: 'the schedule one count later', instead: host(node.f, add(node.x, 1)) }]

/** Every mistake that is made in the place of this node alone. */
export const mistakesAt = (node: Expr): readonly Mistake[] => {
  switch (node.kind) {
    case 'constant':
      return ofConstant(node.value)
    case 'unary':
      return ofUnary(node)
    case 'binary':
      return isCorrection(node) ? ofCorrection(node) : ofBinary(node)
    case 'select':
      return ofSelect(node)
    case 'reduce':
      return ofReduce(node)
    case 'host':
      return ofHost(node)
    default:
      return []
  }
}
