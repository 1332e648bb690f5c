/** Expressions that only an engine can compute, since reductions are in them, as lines that are worked off for one leaf after another. */

import { type Expr, type Input, isOfEngine } from '../expr/expr.ts'
import { operands } from '../expr/fold.ts'
import type { Scalars } from '../hosts/engine.ts'

/** What a deferred expression is made of: numbers that the host computes, and numbers that live with the engine. */
export interface DeferredEnv<V> {
  readonly host: (expr: Expr) => number
  readonly input: (node: Input) => V
}

/** The value of one node, from the values of the lines before. */
type Line<V> = (values: readonly V[], env: DeferredEnv<V>) => V

const hostNodes = new WeakMap<Expr, boolean>()

/** True for what the host can compute alone: no reduction and no number that lives with the engine in it. */
const isHost = (node: Expr): boolean => {
  const known = hostNodes.get(node)
  if (known !== undefined) return known
  const own = !isOfEngine(node) && (node.kind !== 'input' || node.rank === 'step')
  const result = own && operands(node).every(isHost)
  hostNodes.set(node, result)
  return result
}

const lineOf = <V>({ number, unary, binary, select }: Scalars<V>, node: Expr, at: readonly number[]): Line<V> => {
  const [x, y, z] = at as [number, number, number]
  if (isHost(node)) return (_, { host }) => number(host(node))
  switch (node.kind) {
    case 'input':
      return (_, { input }) => input(node)
    case 'unary': {
      const f = unary[node.op]
      return (values) => f(values[x] as V)
    }
    case 'binary': {
      const f = binary[node.op]
      return (values) => f(values[x] as V, values[y] as V)
    }
    case 'host': {
      // Rounding to float32 is all that stands here; what lives on a device is rounded already.
      const round = (value: V): V => (typeof value === 'number' ? (Math.fround(value) as V) : value)
      return (values) => round(values[x] as V)
    }
    case 'select':
      return (values) => select(values[x] as V, values[y] as V, values[z] as V, node)
    default:
      throw new Error(`a deferred expression holds a node of kind ${node.kind}`)
  }
}

const linesOf = <V>(scalars: Scalars<V>, root: Expr): Line<V>[] => {
  const lines: Line<V>[] = []
  const places = new Map<Expr, number>()
  const visit = (node: Expr): number => {
    const known = places.get(node)
    if (known !== undefined) return known
    const at = isHost(node) ? [] : operands(node).map(visit)
    const place = lines.push(lineOf(scalars, node, at)) - 1
    places.set(node, place)
    return place
  }
  visit(root)
  return lines
}

const programs = new WeakMap<object, WeakMap<Expr, Line<unknown>[]>>()

const remembered = <V>(scalars: Scalars<V>, expr: Expr): Line<V>[] => {
  const own = programs.get(scalars) ?? new WeakMap<Expr, Line<unknown>[]>()
  programs.set(scalars, own)
  const known = own.get(expr) as Line<V>[] | undefined
  if (known) return known
  const made = linesOf(scalars, expr)
  own.set(expr, made as Line<unknown>[])
  return made
}

/** The value of an expression on an engine. Shared parts are computed once; the lines are remembered. */
export const computeDeferred = <V>(scalars: Scalars<V>, expr: Expr, env: DeferredEnv<V>): V => {
  const values: V[] = []
  for (const line of remembered(scalars, expr)) values.push(line(values, env))
  return values.at(-1) as V
}
