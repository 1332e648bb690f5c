/** Expressions that only an engine can compute, since reductions are in them, as lines that are worked off for one leaf after another. */

import { strayInDeferred } from '../errors/faultsOfOurs.ts'
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
  if (node.kind === 'constant') return () => number(node.value)
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
      throw strayInDeferred(node.kind)
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

type Compute<V> = (env: DeferredEnv<V>) => V

const known = new WeakMap<object, WeakMap<Expr, Compute<unknown>>>()

/** What computes an expression on an engine, remembered; shared parts are computed once. */
export const deferredOf = <V>(scalars: Scalars<V>, expr: Expr): Compute<V> => {
  const own = known.get(scalars) ?? new WeakMap<Expr, Compute<unknown>>()
  known.set(scalars, own)
  const found = own.get(expr) as Compute<V> | undefined
  if (found) return found
  const lines = linesOf(scalars, expr)
  const compute: Compute<V> = (env) => {
    const values = new Array<V>(lines.length)
    for (let i = 0; i < lines.length; i++) values[i] = (lines[i] as Line<V>)(values, env)
    return values[lines.length - 1] as V
  }
  own.set(expr, compute as unknown as Compute<unknown>)
  return compute
}
