/** Expressions as formulas that a person reads. */
import type { BinaryOp, Expr, UnaryOp } from './expr.ts'
import { type Algebra, fold } from './fold.ts'
import { isDataSchedule, mapRecord } from './meaning.ts'

/** A formula and how tightly its outermost operation binds; 4 binds tightest. */
interface Text {
  readonly text: string
  readonly binds: number
}

const atom = (text: string): Text => ({ text, binds: 4 })
const call = (name: string, ...xs: readonly Text[]): Text => atom(`${name}(${xs.map((x) => x.text).join(', ')})`)
const within = (x: Text, binds: number): string => (x.binds < binds ? `(${x.text})` : x.text)

const signs: { readonly [op in BinaryOp]?: { readonly sign: string; readonly binds: number; readonly right: number } } =
  {
    add: { sign: ' + ', binds: 1, right: 1 },
    sub: { sign: ' − ', binds: 1, right: 2 },
    mul: { sign: '·', binds: 2, right: 2 },
    div: { sign: ' / ', binds: 2, right: 3 },
    pow: { sign: '^', binds: 3, right: 4 },
    less: { sign: ' < ', binds: 0, right: 1 },
    lessEqual: { sign: ' ≤ ', binds: 0, right: 1 },
    equal: { sign: ' = ', binds: 0, right: 1 },
  }

const binaries: readonly BinaryOp[] = ['add', 'sub', 'mul', 'div', 'pow', 'min', 'max', 'less', 'lessEqual', 'equal']
const binaryText = (op: BinaryOp) => {
  const how = signs[op]
  if (!how) return (x: Text, y: Text) => call(op, x, y)
  const left = op === 'pow' ? 4 : op === 'add' || op === 'sub' ? 1 : how.binds === 0 ? 1 : how.binds
  return (x: Text, y: Text): Text => {
    if (op === 'mul' && x === y) return { text: `${within(x, 4)}²`, binds: 3 }
    return { text: `${within(x, left)}${how.sign}${within(y, how.right)}`, binds: how.binds }
  }
}

const unaryText: { readonly [op in UnaryOp]: (x: Text) => Text } = {
  neg: (x) => ({ text: `−${within(x, 2)}`, binds: 1 }),
  abs: (x) => atom(`|${x.text}|`),
  sign: (x) => call('sign', x),
  sqrt: (x) => atom(`√${within(x, 4)}`),
  exp: (x) => call('exp', x),
  expm1: (x) => call('expm1', x),
  log: (x) => call('log', x),
  log1p: (x) => call('log1p', x),
  cos: (x) => call('cos', x),
  tanh: (x) => call('tanh', x),
  floor: (x) => atom(`⌊${x.text}⌋`),
  isNaN: (x) => call('isNaN', x),
  isFinite: (x) => call('isFinite', x),
}

const number = (x: number): string => (x < 0 || Object.is(x, -0) ? `−${-x}` : String(x))

const formulas = (nameOf: (node: Expr) => string): Algebra<Text> => ({
  constant: ({ value }) => ({ text: number(value), binds: value < 0 || Object.is(value, -0) ? 1 : 4 }),
  input: (node) => atom(nameOf(node)),
  // Rounding to float32 is left out: it says nothing to a reader and would be half of a schedule's text.
  host: ({ f }, x) => {
    if (f === Math.fround) return x
    return isDataSchedule(f) ? fold({ ...formulas(nameOf), input: () => x })(f.expr) : call(f.name || 'schedule', x)
  },
  fact: (node) => atom(node.name),
  unary: unaryText,
  binary: mapRecord(Object.fromEntries(binaries.map((op) => [op, op])) as { [op in BinaryOp]: BinaryOp }, binaryText),
  select: (test, yes, no) => atom(`(${test.text} ? ${within(yes, 1)} : ${within(no, 1)})`),
  reduce: ({ op, over, axes }, x) => {
    const where = axes ? `_[${axes.name}]` : over === 'tree' ? '_tree' : ''
    return atom(`${op === 'sum' ? 'Σ' : 'max'}${where}(${x().text})`)
  },
})

/**
 * The formula of an expression. `known` names nodes that other lines define: where one is met inside the expression its name
 * stands for it.
 */
export const formula = (
  expr: Expr,
  nameOf: (node: Expr) => string = (node) => (node.kind === 'input' ? node.name : node.kind),
  known: ReadonlyMap<Expr, string> = new Map(),
): string => {
  const algebra = formulas(nameOf)
  const read = foldKnown(algebra, known, expr)
  return read.text
}

const foldKnown = (algebra: Algebra<Text>, known: ReadonlyMap<Expr, string>, root: Expr): Text => {
  const names = new Map([...known].filter(([node]) => node !== root))
  return fold(algebra, (node) => {
    const name = names.get(node)
    return name === undefined ? undefined : atom(name)
  })(root)
}
