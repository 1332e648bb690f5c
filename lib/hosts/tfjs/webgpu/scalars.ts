/**
 * Numbers that live on the device: constants, places that hold one, and what is computed of those.
 *
 * The result of a reduction is never read back: what depends on it is written into the kernels that use it. So a number of this
 * engine is an expression, and two numbers of one structure share a kernel. A step makes some for every leaf, so they are light:
 * they become expressions of the library only when a kernel is written.
 */
import {
  type BinaryOp,
  binaryNode,
  constant,
  type Expr,
  input,
  select,
  type UnaryOp,
  unaryNode,
  unaryOps,
} from '../../../expr/expr.ts'
import { binaryMeaning, mapRecord, unaryMeaning } from '../../../expr/meaning.ts'
import type { Scalars } from '../../engine.ts'
import { sameItems } from './sameItems.ts'

type Op = UnaryOp | BinaryOp | 'select' | 'number' | 'load'

/** A number on the device. `value` is that of a `number`, and the index of a `load` in its `source`. */
export class DeviceNumber {
  readonly op: Op
  readonly operands: readonly DeviceNumber[]
  readonly value: number
  readonly source: unknown

  constructor(op: Op, operands: readonly DeviceNumber[], value = 0, source?: unknown) {
    this.op = op
    this.operands = operands
    this.value = value
    this.source = source
  }
}

const nothing: readonly DeviceNumber[] = []

const number = (value: number): DeviceNumber => new DeviceNumber('number', nothing, value)

/** The number at a place: in a buffer, or in a tensor that has one. */
export const load = (source: unknown, index: number): DeviceNumber => new DeviceNumber('load', nothing, index, source)

/** Constants are computed here, in float64; what is left is computed by the kernels. */
export const deviceScalars: Scalars<DeviceNumber> = {
  number,
  unary: mapRecord(
    unaryMeaning,
    (f, op: UnaryOp) => (x: DeviceNumber) => (isKnown(x) ? number(f(x.value)) : new DeviceNumber(op, [x])),
  ),
  binary: mapRecord(
    binaryMeaning,
    (f, op: BinaryOp) => (x: DeviceNumber, y: DeviceNumber) =>
      isKnown(x) && isKnown(y) ? number(f(x.value, y.value)) : new DeviceNumber(op, [x, y]),
  ),
  select: (test, yes, no) =>
    isKnown(test) ? (test.value !== 0 ? yes : no) : new DeviceNumber('select', [test, yes, no]),
}

export const isKnown = ({ op }: DeviceNumber): boolean => op === 'number'

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
  /** The structure, by which another leaf's values are held against it. */
  readonly structure: Structure
}

/** One node of a structure. `at` is the position of a number or of a load's index; operands come before their users. */
interface Row {
  readonly op: Op
  readonly operands: readonly number[]
  readonly at: number
  readonly source: number
}

interface Structure {
  readonly rows: readonly Row[]
  /** For each value its row; −1 for a number that the host gave. */
  readonly roots: readonly number[]
  /** Room for a walk: the nodes of the rows, and the sources. */
  readonly nodes: (DeviceNumber | undefined)[]
  readonly met: unknown[]
}

const structureOf = (rows: readonly Row[], roots: readonly number[], sources: number): Structure => {
  const nodes = new Array<DeviceNumber | undefined>(rows.length)
  return { rows, roots, nodes, met: new Array<unknown>(sources) }
}

const none: ReadonlyMap<Expr, never> = new Map<Expr, never>()
const positions: number[] = []

/** What a kernel is told when all of it comes from the host. */
const tellNumbers = (numbers: readonly number[]): Told<never> => {
  while (positions.length < numbers.length) positions.push(positions.length)
  return {
    key: `${numbers.length}`,
    // A copy: the list that was given is filled with the values of the next leaf.
    numbers: [...numbers],
    indices: [],
    sources: [],
    values: positions,
    numberOf: none,
    loadOf: none,
    structure: structureOf(
      [],
      numbers.map(() => -1),
      0,
    ),
  }
}

/** Takes the values of a pass's uniforms apart. `isOwn` marks the source that the kernel itself may write. */
export const tell = <S>(given: readonly (number | DeviceNumber)[], isOwn: (source: S) => boolean): Told<S> => {
  if (given.every((value) => typeof value === 'number')) return tellNumbers(given)
  const [numbers, indices, sources, words]: [number[], number[], S[], string[]] = [[], [], [], []]
  const [rows, exprs]: [Row[], Expr[]] = [[], []]
  const numberOf = new Map<Expr, number>()
  const loadOf = new Map<Expr, { index: number; source: number }>()
  const ids = new Map<DeviceNumber, number>()
  const sourceOf = (source: S): number => {
    const found = sources.indexOf(source)
    return found < 0 ? sources.push(source) - 1 : found
  }
  const visit = (node: DeviceNumber): number => {
    const known = ids.get(node)
    if (known !== undefined) return known
    const { op, value } = node
    const operands = node.operands.map(visit)
    const source = op === 'load' ? sourceOf(node.source as S) : -1
    const at = op === 'number' ? numbers.push(value) - 1 : op === 'load' ? indices.push(value) - 1 : -1
    const expr = exprOf(
      node,
      operands.map((i) => exprs[i] as Expr),
    )
    if (op === 'number') numberOf.set(expr, at)
    if (op === 'load') loadOf.set(expr, { index: at, source })
    words.push(`${op} ${op === 'load' ? `${source}${isOwn(node.source as S) ? ' own' : ''}` : operands}`)
    exprs.push(expr)
    ids.set(node, rows.push({ op, operands, at, source }) - 1)
    return rows.length - 1
  }
  const roots: number[] = []
  const values = given.map((value) => {
    const root = typeof value === 'number' ? -1 : visit(value)
    roots.push(root)
    return typeof value === 'number' ? numbers.push(value) - 1 : (exprs[root] as Expr)
  })
  const key = `${words.join('; ')}; = ${roots}`
  return {
    key,
    numbers,
    indices,
    sources,
    values,
    numberOf,
    loadOf,
    structure: structureOf(rows, roots, sources.length),
  }
}

const exprOf = ({ op, value }: DeviceNumber, [x, y, z]: readonly Expr[]): Expr => {
  if (op === 'number') return constant(value)
  if (op === 'load') return input('reduced', 'load', 'step')
  if (op === 'select') return select(x as Expr, y as Expr, z as Expr)
  return isUnary(op) ? unaryNode(op, x as Expr) : binaryNode(op, x as Expr, y as Expr)
}

const unary: ReadonlySet<string> = new Set(unaryOps)
const isUnary = (op: UnaryOp | BinaryOp): op is UnaryOp => unary.has(op)

/**
 * What another leaf is told, if its values have the structure of those that were told before: a walk along the structure, which makes
 * no text and looks nothing up.
 */
export const tellAlike = <S>(
  told: Told<S>,
  given: readonly (number | DeviceNumber)[],
  isOwn: (source: S) => boolean,
): Told<S> | undefined => {
  const { rows, roots, nodes, met } = told.structure
  nodes.fill(undefined)
  met.fill(undefined)
  const numbers = new Array<number>(told.numbers.length)
  const indices = new Array<number>(told.indices.length)
  /** A node in its place; false where another one stands there. */
  const put = (at: number, node: DeviceNumber): boolean => {
    nodes[at] ??= node
    return nodes[at] === node
  }
  for (let k = 0; k < given.length; k++) {
    const value = given[k] as number | DeviceNumber
    const root = roots[k] as number
    if (typeof value === 'number') {
      if (root >= 0) return undefined
      numbers[told.values[k] as number] = value
    } else if (root < 0 || !put(root, value)) return undefined
  }
  // From the users down to what they use.
  for (let i = rows.length - 1; i >= 0; i--) {
    const { op, operands, at, source } = rows[i] as Row
    const node = nodes[i] as DeviceNumber
    if (node.op !== op) return undefined
    if (op === 'number') numbers[at] = node.value
    else if (op === 'load') {
      met[source] ??= node.source
      if (met[source] !== node.source) return undefined
      indices[at] = node.value
    } else {
      for (let j = 0; j < operands.length; j++)
        if (!put(operands[j] as number, node.operands[j] as DeviceNumber)) return undefined
    }
  }
  // Most leaves load their numbers from the same places.
  const sources = sameItems(met, told.sources) ? told.sources : ([...met] as S[])
  if (sources !== told.sources && sources.some((source, i) => isOwn(source) !== isOwn(told.sources[i] as S)))
    return undefined
  return { ...told, numbers, indices, sources }
}
