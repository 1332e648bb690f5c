/**
 * Expressions: the immutable graph in which an update rule is written.
 *
 * Every node has a rank. **step**: one number a step (`count`, a learning rate); **leaf**: one number a leaf of the tree (its norm);
 * **cell**: one number an element (`g`, `mu`). Builders infer the rank of what they build, as a type and at run time; a `reduce`
 * lowers it. A node is shared by using the same object twice.
 */

import type { Tree } from '../data/tree.ts'
import { noNumberYet, noOperand, notReducible } from '../errors/expressions.ts'

export type Rank = 'step' | 'leaf' | 'cell'

export const unaryOps = [
  ...(['neg', 'abs', 'sign', 'sqrt', 'exp', 'expm1', 'log', 'log1p'] as const),
  ...(['cos', 'tanh', 'floor', 'isNaN', 'isFinite'] as const),
] as const
export const binaryOps = ['add', 'sub', 'mul', 'div', 'pow', 'min', 'max', 'less', 'lessEqual', 'equal'] as const
export type UnaryOp = (typeof unaryOps)[number]
export type BinaryOp = (typeof binaryOps)[number]
export type ReduceOp = 'sum' | 'max'

/**
 * Where an input's value comes from.
 *
 * - `grads`: the updates that arrive; `params`: the parameters before the update; `moved`: params + update;
 *   `next`: the parameters after the update, which is `moved` unless the rule projects it; `ahead`: the place where the gradients were taken.
 * - `slot`: a slot of the state, by its path; `extra`: a tree given to `update` beside the others; `signal`: a number given to it.
 * - `count`: the variable of a schedule; `reduced`: the result of a reduction of an earlier pass; `uniform`: a number that a pass
 *   receives instead of computing it.
 */
export type Source =
  | 'grads'
  | 'params'
  | 'moved'
  | 'next'
  | 'ahead'
  | 'slot'
  | 'extra'
  | 'signal'
  | 'count'
  | 'reduced'
  | 'uniform'

/** What a rule may know about a leaf before any number is computed. */
export interface LeafInfo {
  readonly path: readonly (string | number)[]
  readonly shape: readonly number[]
  readonly rank: number
  readonly size: number
  /** The whole tree that the leaf is part of. */
  readonly tree: Tree<LeafInfo>
}

export interface Constant {
  readonly kind: 'constant'
  readonly rank: 'step'
  readonly value: number
}
export interface Input<R extends Rank = Rank> {
  readonly kind: 'input'
  readonly rank: R
  readonly source: Source
  readonly name: string
  /** For a signal: the value it has when the caller gives none; without it a missing signal is an error. */
  readonly absent?: number
  /** For a tree given by name: what to do where it is missing. */
  readonly advice?: string
  /** For a slot of one number a tree: it lives with the engine, and the host does not know it. */
  readonly held?: boolean
  /** For a tree given by name: how it is drawn where nobody gives it. */
  readonly drawn?: Drawn
}
/** Normal numbers, a pure function of a key, a count and where they stand. */
export interface Drawn {
  readonly key: readonly [number, number]
  readonly count: Expr<'step'>
  /** The same at another count. */
  readonly at: (count: Expr<'step'>) => Expr
  /** What finds such inputs in a program, and what fills them in a run. They come with the node: rules without do not load them. */
  readonly find: unknown
  readonly fill: unknown
}
/** A host function of the count, called once a step in float64. */
export interface Host {
  readonly kind: 'host'
  readonly rank: 'step'
  readonly f: (count: number) => number
  readonly x: Expr<'step'>
}
/** A number known from the leaf's path and shape. A `mask` (0 or 1) decides the structure; a `fact` is a number like any other. */
export interface Fact {
  readonly kind: 'fact' | 'mask'
  readonly rank: 'leaf'
  readonly name: string
  readonly of: (leaf: LeafInfo) => number
}
/** Axes of a leaf, known from its shape: the bits of the number say which, from the lowest. Plans are cut by them as by masks. */
export interface Axes extends Fact {
  /** How a plan's passes are parted by the shapes of their trees. It comes with the axes: rules without do not load it. */
  readonly part: unknown
}
export interface Unary<R extends Rank = Rank> {
  readonly kind: 'unary'
  readonly rank: R
  readonly op: UnaryOp
  readonly x: Expr
}
export interface Binary<R extends Rank = Rank> {
  readonly kind: 'binary'
  readonly rank: R
  readonly op: BinaryOp
  readonly x: Expr
  readonly y: Expr
}
export interface Select<R extends Rank = Rank> {
  readonly kind: 'select'
  readonly rank: R
  readonly test: Expr
  readonly yes: Expr
  readonly no: Expr
  /** How a plan is cut by the host's answer to the test. It comes with the node, as `plans` of a reduction do: rules without gates do not load it. */
  readonly cut?: unknown
}
export interface Reduce<R extends Rank = Rank> {
  readonly kind: 'reduce'
  readonly rank: R
  readonly op: ReduceOp
  /** The leaf, the tree, or `axes` of the leaf: then the result is a number an element, the same along these axes. */
  readonly over: 'leaf' | 'tree' | 'axes'
  readonly axes?: Axes | undefined
  readonly x: Expr
  readonly plans: ReductionPlans
}

/** What planning needs where there are reductions. It comes with the node: rules without do not load it. */
export interface ReductionPlans {
  /** Expressions with reductions in a form that stays in float32's range. */
  readonly inRange: (exprs: readonly Expr[], wideSums: boolean) => Expr[]
  /**
   * What a level writes, of the outputs and with the reductions that it knows `now`, and what that leaves for `later` ones. `read`: what reads a slot
   * back, nothing for what is none. `passing`: where the next value goes that is for later levels alone; absent where none is stored.
   */
  readonly settle: <T, R extends Computed>(
    now: Work<T, R>,
    later: Work<T, R>,
    slots: Slots<T>,
  ) => { readonly outputs: readonly Written<T>[]; readonly rest: Work<T, R> }
}

interface Computed {
  readonly expr: Expr
}

interface Written<T> extends Computed {
  readonly target: T
}

interface Work<T, R> {
  readonly outputs: readonly Written<T>[]
  readonly reductions: readonly R[]
}

interface Slots<T> {
  readonly read: (target: T) => Input | undefined
  readonly overwrites: (node: Expr, target: T) => boolean
  readonly passing?: (() => T) | undefined
}

interface Nodes<R extends Rank> {
  input: Input<R>
  unary: Unary<R>
  binary: Binary<R>
  select: Select<R>
  reduce: Reduce<R>
}
type Step = Constant | Host

/** An expression of rank `R`. */
export type Expr<R extends Rank = Rank> =
  | Nodes<R>[keyof Nodes<R>]
  | ('step' extends R ? Step : never)
  | ('leaf' extends R ? Fact : never)

/** What a builder accepts: an expression, or a number, which is a constant of rank step. */
export type Operand<R extends Rank = Rank> = number | Expr<R>
export type RankOf<T extends Operand> = T extends number
  ? 'step'
  : T extends { readonly rank: infer R extends Rank }
    ? R
    : never

/** The higher of the ranks of `T`: cell over leaf over step. */
export type Join<T extends Operand> = 'cell' extends RankOf<T> ? 'cell' : 'leaf' extends RankOf<T> ? 'leaf' : 'step'

const order: Record<Rank, number> = { step: 0, leaf: 1, cell: 2 }
const join = (...xs: readonly Expr[]): Rank =>
  xs.reduce<Rank>((r, x) => (order[x.rank] > order[r] ? x.rank : r), 'step')

/** What nodes are made of: frozen fields on a prototype of their own, so that a tree of expressions takes them for leaves. */
class ExprNode {}
const node = <T extends object>(fields: T): Readonly<T> => Object.freeze(Object.assign(new ExprNode(), fields))

/** True for the nodes made by this file. */
export const isExpr = (x: unknown): x is Expr => x instanceof ExprNode

/** A number as a constant; an expression as it is. Errors: `bad-rule` for anything else. */
export const lift = <T extends Operand>(x: T): Expr<RankOf<T>> => {
  if (typeof x === 'number') return constant(x) as Expr<RankOf<T>>
  if (isExpr(x)) return x as Expr<RankOf<T>>
  throw noOperand(x)
}

export const constant = (value: number): Constant => node({ kind: 'constant', rank: 'step', value })

export const input = <R extends Rank>(
  source: Source,
  name: string,
  rank: R,
  more: Pick<Input, 'absent' | 'advice' | 'held' | 'drawn'> = {},
): Input<R> => node({ kind: 'input', rank, source, name, ...more })

/** Thrown away by whoever computes with what is still to be a number: a factory that does cannot take an expression in its place. */
const noNumber = (): never => {
  throw noNumberYet()
}

/** A number that is still to be found a place in a state: it stands where a factory takes a number. */
export const injected = (name: string): Input<'step'> =>
  node({ ...input('slot', name, 'step'), [Symbol.toPrimitive]: noNumber })

export const isInjected = (x: unknown): boolean => isExpr(x) && Symbol.toPrimitive in x

/** True for a number that only the engine knows: the result of a reduction, and a slot of one number a leaf or a tree. */
export const isOfEngine = (node: Expr): boolean =>
  node.kind === 'input' &&
  (node.source === 'reduced' || (node.source === 'slot' && (node.rank === 'leaf' || node.held === true)))

export const host = (f: (count: number) => number, x: Expr<'step'>): Expr<'step'> =>
  node({ kind: 'host', rank: 'step', f, x })

/** A number that depends on the leaf alone: `fact('size', (leaf) => leaf.size)`. */
export const fact = (name: string, of: (leaf: LeafInfo) => number): Expr<'leaf'> =>
  node({ kind: 'fact', rank: 'leaf', name, of })

/** Axes of a leaf as the bits of a number; `part` as in `Axes`. */
export const axesNode = (name: string, of: Fact['of'], part: unknown): Axes =>
  node({ kind: 'mask', rank: 'leaf', name, of, part })

/** A yes or no (1 or 0) that depends on the leaf alone. Plans are cut for each answer, so the other branch costs nothing. */
export const mask = (name: string, of: (leaf: LeafInfo) => boolean): Expr<'leaf'> =>
  node({ kind: 'mask', rank: 'leaf', name, of: (leaf: LeafInfo) => (of(leaf) ? 1 : 0) })

export const unaryNode = <T extends Operand>(op: UnaryOp, x: T): Expr<RankOf<T>> => {
  const operand = lift(x)
  return node({ kind: 'unary', rank: operand.rank, op, x: operand }) as Expr<RankOf<T>>
}

export const binaryNode = <A extends Operand, B extends Operand>(op: BinaryOp, x: A, y: B): Expr<Join<A | B>> => {
  const [a, b]: [Expr, Expr] = [lift(x), lift(y)]
  return node({ kind: 'binary', rank: join(a, b), op, x: a, y: b }) as Expr<Join<A | B>>
}

const unary =
  /* @__NO_SIDE_EFFECTS__ */
    (op: UnaryOp) =>
    <T extends Operand>(x: T): Expr<RankOf<T>> =>
      unaryNode(op, x)

const binary =
  /* @__NO_SIDE_EFFECTS__ */
    (op: BinaryOp) =>
    <A extends Operand, B extends Operand>(x: A, y: B): Expr<Join<A | B>> =>
      binaryNode(op, x, y)

export const neg = unary('neg')
export const abs = unary('abs')
/** −1, 0 or 1; a zero keeps its sign and NaN stays NaN. */
export const sign = unary('sign')
export const sqrt = unary('sqrt')
export const exp = unary('exp')
/** e^x − 1, also where x is too small to change 1. */
export const expm1 = unary('expm1')
export const log = unary('log')
/** log(1 + x), also where x is too small to change 1; −∞ at −1, NaN below. */
export const log1p = unary('log1p')
export const cos = unary('cos')
/** The hyperbolic tangent, from −1 to 1. */
export const tanh = unary('tanh')
export const floor = unary('floor')
/** 1 for NaN, else 0. */
const testNaN = unary('isNaN')
/** 0 for NaN and the infinities, else 1. */
const testFinite = unary('isFinite')

export { testFinite as isFinite, testNaN as isNaN }

export const add = binary('add')
export const sub = binary('sub')
export const mul = binary('mul')
export const div = binary('div')
export const pow = binary('pow')
/** The smaller; NaN if either is NaN; −0 is less than +0. */
export const min = binary('min')
/** The larger; NaN if either is NaN; +0 is more than −0. */
export const max = binary('max')
/** 1 where x < y, else 0. */
export const less = binary('less')
/** 1 where x ≤ y, else 0. */
export const lessEqual = binary('lessEqual')
/** 1 where x = y, else 0. */
export const equal = binary('equal')

/** `yes` where `test` is not 0, else `no`. The branch not taken does not leak: a NaN there stays there. */
export const select = <T extends Operand, A extends Operand, B extends Operand>(
  test: T,
  yes: A,
  no: B,
): Expr<Join<T | A | B>> => selectNode(test, yes, no)

export const selectNode = <T extends Operand, A extends Operand, B extends Operand>(
  test: T,
  yes: A,
  no: B,
  cut?: unknown,
): Expr<Join<T | A | B>> => {
  const [t, a, b]: [Expr, Expr, Expr] = [lift(test), lift(yes), lift(no)]
  return node({ kind: 'select', rank: join(t, a, b), test: t, yes: a, no: b, cut }) as Expr<Join<T | A | B>>
}

const reducedRank = { leaf: 'leaf', tree: 'step', axes: 'cell' } as const
const names = { leaf: 'Leaf', tree: 'Tree', axes: 'Axes' }

/** The reduction of numbers an element to one a leaf, one a step, or one along axes. Errors: `bad-rule` where there is another rank. */
export const reduceNode = (
  { op, over, axes, plans }: Pick<Reduce, 'op' | 'over' | 'axes' | 'plans'>,
  x: Expr,
): Expr => {
  if (!isExpr(x) || x.rank !== 'cell')
    throw notReducible(`${op}${names[over]}`, isExpr(x) ? (x as Expr).rank : undefined, x)
  return node({ kind: 'reduce', rank: reducedRank[over], op, over, axes, x, plans }) as Expr
}
