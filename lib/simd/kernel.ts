/** A pass as a kernel: what it reads, computes, writes and adds up, in vector instructions. */
import { strayNode } from '../errors/faultsOfOurs.ts'
import type { Expr, ReduceOp } from '../expr/expr.ts'
import { type Algebra, fold } from '../expr/fold.ts'
import { mapRecord } from '../expr/meaning.ts'
import type { Pass } from '../rule/plan.ts'
import { LaneGraph, type Lanes, type Value } from './lanes.ts'
import { binary, select, unary } from './lower.ts'
import { type Nest, nestOf } from './nest.ts'

/** A reduction: what is added up in float64, two lanes each, or the vector whose largest lane is wanted. */
export interface LaneReduction {
  readonly op: ReduceOp
  readonly parts: readonly Value[]
  /** Of a sum of squares that can be taken again when all is written, what is squared: see `squares.ts`. */
  readonly squared?: Value
}

export interface Kernel {
  readonly values: readonly Lanes[]
  readonly reads: number
  /** For every uniform, whether it is one number a leaf. */
  readonly perLeaf: readonly boolean[]
  readonly outputs: readonly Value[]
  /** For every output the read whose tensor it may be written over, or −1. */
  readonly own: readonly number[]
  readonly reductions: readonly LaneReduction[]
  /** Absent where one loop goes over all trees alike. */
  readonly nest?: Nest | undefined
}

const algebra = (g: LaneGraph, inputs: ReadonlyMap<Expr, Value>): Algebra<Value> => {
  const missing = (): never => {
    throw strayNode()
  }
  return {
    constant: missing,
    host: missing,
    fact: missing,
    reduce: missing,
    input: (node) => inputs.get(node) ?? missing(),
    unary: mapRecord(unary, (f) => (x) => f(g, x)),
    binary: mapRecord(binary, (f) => (x, y) => f(g, x, y)),
    select: (test, yes, no) => select(g, test, yes, no),
  }
}

/** The terms of a sum in float64. A product is taken there, so that the square of a float32 is exact and never overflows. */
const terms = (g: LaneGraph, expr: Expr, value: (expr: Expr) => Value): readonly [Value, Value] => {
  if (expr.kind !== 'binary' || expr.op !== 'mul') return g.wide(value(expr))
  const [[a, b], [c, d]] = [g.wide(value(expr.x)), g.wide(value(expr.y))]
  return [g.do('f64x2.mul', a, c), g.do('f64x2.mul', b, d)]
}

/** Whether a value can be had again when all outputs are written: it is one of them, or made of what they are not written over. */
const isThereAfterwards = (
  value: Value,
  { values, outputs }: Pick<Kernel, 'values' | 'outputs'>,
  isOverwritten: (read: number) => boolean,
): boolean => {
  // Each value once: what is shared would otherwise be looked at again and again.
  const seen = new Set<Value>(outputs)
  const isThere = (each: Value): boolean => {
    const made = values[each] as Lanes
    if (seen.has(each)) return true
    seen.add(each)
    if (made.kind === 'read') return !isOverwritten(made.index)
    return made.kind !== 'instruction' || made.args.every(isThere)
  }
  return isThere(value)
}

/** Whether an output of a pass may be written over what a read reads. */
const isOverwritten =
  ({ outputs, reads }: Pass) =>
  (read: number): boolean =>
    outputs.some(({ own, target }) => own === read || (target.to === 'ahead' && reads[read]?.source === 'ahead'))

const isSquare = (expr: Expr): expr is Expr & { readonly x: Expr } =>
  expr.kind === 'binary' && expr.op === 'mul' && expr.x === expr.y

/** The kernel of a pass. */
export const kernelOf = (pass: Pass): Kernel => {
  const g = new LaneGraph()
  const inputs = new Map<Expr, Value>([
    ...pass.reads.map((node, i) => [node, g.read(i)] as const),
    ...pass.uniforms.map(({ input }, i) => [input, g.uniform(i)] as const),
  ])
  const value = fold(algebra(g, inputs))
  const nest = nestOf(pass)
  const outputs = pass.outputs.map(({ expr }) => value(expr))
  const isThere = (made: Value): boolean => isThereAfterwards(made, { values: g.values, outputs }, isOverwritten(pass))
  return {
    values: g.values,
    reads: pass.reads.length,
    perLeaf: pass.uniforms.map(({ perLeaf }) => perLeaf),
    outputs,
    own: pass.outputs.map(({ own }) => own),
    reductions: pass.reductions.map(({ op, expr }) => ({
      op,
      parts: op === 'sum' ? terms(g, expr, value) : [value(expr)],
      ...(op === 'sum' && !nest && isSquare(expr) && isThere(value(expr.x)) && { squared: value(expr.x) }),
    })),
    nest,
  }
}
