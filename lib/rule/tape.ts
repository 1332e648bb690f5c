/** Numbers that the host computes, one a step or one a leaf, as lines that are worked off one after another: each number once. */

import type { Expr, Fact, Input, LeafInfo } from '../expr/expr.ts'
import { nodesOf } from '../expr/fold.ts'
import { binaryMeaning, callHost, unaryMeaning } from '../expr/meaning.ts'

/** What functions of the count returned in one call of a transformation: each is asked once for a count, however often it is needed. */
export type HostCalls = Map<unknown, Map<number, number>>

/** What the host knows in a step: the numbers of the state and the signals; for a leaf, the leaf. */
export interface HostEnv {
  readonly number: (node: Input) => number
  readonly leaf?: LeafInfo | undefined
  readonly calls: HostCalls
}

/** What the host knows in a step, as a run is given it. */
export interface HostNumbers {
  /** Of a slot of rank step the number. */
  readonly slots: readonly unknown[]
  readonly signals: Readonly<Record<string, number>>
  readonly calls: HostCalls
}

/** How the number of a place is made from those of the places before. */
type Line =
  | { readonly kind: 'input'; readonly node: Input }
  | { readonly kind: 'fact'; readonly node: Fact }
  | { readonly kind: 'unary'; readonly f: (x: number) => number; readonly x: number }
  | { readonly kind: 'binary'; readonly f: (x: number, y: number) => number; readonly x: number; readonly y: number }
  | { readonly kind: 'select'; readonly test: number; readonly yes: number; readonly no: number }
  | { readonly kind: 'host'; readonly f: (count: number) => number; readonly x: number }
  /** A choice with functions of the user in it: only those of the chosen branch are called. */
  | { readonly kind: 'choice'; readonly test: number; readonly yes: Expr; readonly no: Expr }

export interface Tape {
  readonly lines: readonly { readonly at: number; readonly line: Line }[]
  /** The numbers before the first line: constants, and room for the others. */
  readonly start: readonly number[]
  /** Where the number of an expression stands. */
  readonly places: ReadonlyMap<Expr, number>
}

const isCalled = (roots: readonly Expr[]): boolean => nodesOf(roots).some(({ kind }) => kind === 'host')

/** Nothing for what no line makes: constants, and reductions, which the host does not know. */
const lineOf = (node: Expr, place: (of: Expr) => number): Line | undefined => {
  switch (node.kind) {
    case 'input':
      return { kind: 'input', node }
    case 'fact':
    case 'mask':
      return { kind: 'fact', node }
    case 'unary':
      return { kind: 'unary', f: unaryMeaning[node.op], x: place(node.x) }
    case 'binary':
      return { kind: 'binary', f: binaryMeaning[node.op], x: place(node.x), y: place(node.y) }
    case 'host':
      return { kind: 'host', f: node.f, x: place(node.x) }
    case 'select': {
      const { yes, no } = node
      const test = place(node.test)
      if (isCalled([yes, no])) return { kind: 'choice', test, yes, no }
      return { kind: 'select', test, yes: place(yes), no: place(no) }
    }
    default:
      return undefined
  }
}

/** The tape of these expressions, none of which is a number an element. */
export const tapeOf = (roots: readonly Expr[]): Tape => {
  const places = new Map<Expr, number>()
  const start: number[] = []
  const lines: { at: number; line: Line }[] = []
  const place = (node: Expr): number => {
    const known = places.get(node)
    if (known !== undefined) return known
    const line = lineOf(node, place)
    const at = start.push(node.kind === 'constant' ? node.value : Number.NaN) - 1
    places.set(node, at)
    if (line) lines.push({ at, line })
    return at
  }
  roots.forEach(place)
  return { lines, start, places }
}

const callOnce = (f: (count: number) => number, count: number, calls: HostCalls): number => {
  if (f === Math.fround) return f(count)
  const made = calls.get(f) ?? new Map<number, number>()
  const known = made.get(count)
  if (known !== undefined) return known
  const value = callHost(f, count)
  calls.set(f, made.set(count, value))
  return value
}

/** The numbers of a step, by place. */
export const runTape = ({ lines, start }: Tape, env: HostEnv): readonly number[] => {
  const values = start.slice()
  // One switch in the loop, and no call for each line: this is what every step does.
  for (const { at, line } of lines) {
    switch (line.kind) {
      case 'input':
        values[at] = env.number(line.node)
        break
      case 'fact':
        values[at] = env.leaf ? line.node.of(env.leaf) : Number.NaN
        break
      case 'unary':
        values[at] = line.f(values[line.x] as number)
        break
      case 'binary':
        values[at] = line.f(values[line.x] as number, values[line.y] as number)
        break
      case 'select':
        values[at] = values[values[line.test] !== 0 ? line.yes : line.no] as number
        break
      case 'host':
        values[at] = callOnce(line.f, values[line.x] as number, env.calls)
        break
      case 'choice':
        values[at] = hostNumber(values[line.test] !== 0 ? line.yes : line.no, env)
    }
  }
  return values
}

const tapes = new WeakMap<Expr, Tape>()

/** The value of one expression without a reduction; its tape is remembered. */
export const hostNumber = (expr: Expr, env: HostEnv): number => {
  const known = tapes.get(expr)
  const tape = known ?? tapeOf([expr])
  if (!known) tapes.set(expr, tape)
  return runTape(tape, env)[tape.places.get(expr) as number] as number
}
