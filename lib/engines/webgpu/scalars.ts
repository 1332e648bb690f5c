/**
 * Numbers that live on the device, as expressions over the places that hold them.
 *
 * The result of a reduction is never read back: what depends on it is written into the kernels that use it. So a number of this
 * engine is an expression of constants and of `load`s, and two numbers of one structure share a kernel.
 */
import {
  type BinaryOp,
  binaryNode,
  constant,
  type Expr,
  type Input,
  input,
  select,
  type UnaryOp,
  unaryNode,
} from '../../expr/expr.ts'
import { nodesOf, operands } from '../../expr/fold.ts'
import { binaryMeaning, mapRecord, unaryMeaning } from '../../expr/meaning.ts'
import type { Scalars } from '../engine.ts'

/** A place on the device: a number of a buffer. `S` stands for a buffer, or for a tensor that has one. */
export interface Load<S> {
  readonly source: S
  readonly index: number
}

const loads = new WeakMap<Expr, Load<unknown>>()

/** The number at a place. */
export const load = <S>(source: S, index: number): Input<'step'> => {
  const node = input('reduced', 'load', 'step')
  loads.set(node, { source, index })
  return node
}

/** Constants are computed here, in float64; what is left is computed by the kernels. */
export const deviceScalars: Scalars<Expr> = {
  number: constant,
  unary: mapRecord(
    unaryMeaning,
    (f, op: UnaryOp) => (x: Expr) => (isKnown(x) ? constant(f(x.value)) : unaryNode(op, x)),
  ),
  binary: mapRecord(
    binaryMeaning,
    (f, op: BinaryOp) => (x: Expr, y: Expr) =>
      isKnown(x) && isKnown(y) ? constant(f(x.value, y.value)) : binaryNode(op, x, y),
  ),
  select: (test, yes, no) => (isKnown(test) ? (test.value !== 0 ? yes : no) : select(test, yes, no)),
}

const isKnown = (x: Expr): x is Extract<Expr, { kind: 'constant' }> => x.kind === 'constant'

/** What a kernel is told beside its trees: numbers from the host, and expressions over places on the device. */
export interface Told<S> {
  /** The structure as text: where it is the same, the same kernel serves. */
  readonly key: string
  /** The numbers, in the order of the structure. */
  readonly numbers: readonly number[]
  /** The index of every load, in the order of the structure. */
  readonly indices: readonly number[]
  /** The different sources of the loads. */
  readonly sources: readonly S[]
  /** For each value its number's position, or its expression. */
  readonly values: readonly (number | Expr)[]
  /** What stands in those expressions for the numbers and the loads: a position, and for loads which source. */
  readonly numberOf: ReadonlyMap<Expr, number>
  readonly loadOf: ReadonlyMap<Expr, { readonly index: number; readonly source: number }>
}

const none: ReadonlyMap<Expr, never> = new Map<Expr, never>()
const positions: number[] = []

/** What a kernel is told when all of it comes from the host. */
const tellNumbers = (numbers: readonly number[]): Told<never> => {
  while (positions.length < numbers.length) positions.push(positions.length)
  return {
    key: `${numbers.length}`,
    numbers,
    indices: [],
    sources: [],
    values: positions,
    numberOf: none,
    loadOf: none,
  }
}

/** Takes the values of a pass's uniforms apart. `isOwn` marks the source that the kernel itself may write. */
export const tell = <S>(given: readonly (number | Expr)[], isOwn: (source: S) => boolean): Told<S> => {
  if (given.every((value) => typeof value === 'number')) return tellNumbers(given)
  const ids = new Map<Expr, number>()
  const [numbers, indices, sources, words]: [number[], number[], S[], string[]] = [[], [], [], []]
  const numberOf = new Map<Expr, number>()
  const loadOf = new Map<Expr, { index: number; source: number }>()
  const word = (node: Expr): string => {
    if (isKnown(node)) {
      numberOf.set(node, numbers.push(node.value) - 1)
      return 'n'
    }
    const place = loads.get(node) as Load<S> | undefined
    if (!place) return `${'op' in node ? node.op : node.kind} ${operands(node).map((x) => ids.get(x))}`
    const found = sources.indexOf(place.source)
    const source = found < 0 ? sources.push(place.source) - 1 : found
    loadOf.set(node, { index: indices.push(place.index) - 1, source })
    return `${isOwn(place.source) ? 'own' : 'load'} ${source}`
  }
  const values = given.map((value) => {
    if (typeof value === 'number') {
      words.push('n')
      return numbers.push(value) - 1
    }
    for (const node of nodesOf([value])) {
      if (ids.has(node)) continue
      ids.set(node, ids.size)
      words.push(word(node))
    }
    words.push(`= ${ids.get(value)}`)
    return value
  })
  return { key: words.join('; '), numbers, indices, sources, values, numberOf, loadOf }
}
