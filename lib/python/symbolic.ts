/** Arrays that Python will have: array operations make their text. */
import type { BinaryOp, Input } from '../expr/expr.ts'
import { mapRecord } from '../expr/meaning.ts'
import type { ArrayOps } from '../hosts/arrayOps.ts'
import { asFloat, atom, numberTerm, printed, select, type Term, within } from './term.ts'

/** An array that Python will have: how it is said by the text of its operands. A class, so that a tree takes it for a leaf. */
export class Symbolic {
  readonly shape: readonly number[]
  readonly operands: readonly Symbolic[]
  readonly say: (...operands: Term[]) => Term
  /** Of what the stage is given: its tree, and its place among the leaves. */
  readonly given: { readonly tree: string; readonly leaf: number } | undefined
  /** The number that all its elements are, where that is known. */
  readonly filled: number | undefined
  /** Of a number in the state: its place among what is kept. */
  readonly counted: number | undefined
  /** Of a signal: the same as an expression. */
  readonly signalled: Input | undefined
  /** Of what one of two functions makes: which, and what either makes. Both are operands, too. */
  readonly chosen: Chosen | undefined
  /** Several arrays in one: it gets a name. */
  readonly isMany: boolean
  /** It is one number a step: made of numbers in the state alone. */
  readonly isStep: boolean

  constructor(
    shape: readonly number[],
    operands: readonly Symbolic[],
    say: (...operands: Term[]) => Term,
    {
      given,
      filled,
      counted,
      signalled,
      chosen,
      isMany = false,
      isStep = counted !== undefined || signalled !== undefined,
    }: Partial<Omit<Symbolic, 'shape' | 'operands' | 'say'>> = {},
  ) {
    this.shape = shape
    this.operands = operands
    this.say = say
    this.given = given
    this.filled = filled
    this.counted = counted
    this.signalled = signalled
    this.chosen = chosen
    this.isMany = isMany
    const isMade = operands.length > 0 && shape.length === 0 && operands.every(({ isStep }) => isStep)
    this.isStep = isStep || (isMade && !isMany)
  }

  /** No number yet: JavaScript cannot compute with it. */
  [Symbol.toPrimitive](): never {
    throw new Unsaid(saidNumbers, 'arithmetic on a number of its state')
  }
}

/** What a stage must say where it counts. */
export const saidNumbers = 'numbers said by arrayOps.numberOf and arrayOps.choose'

/** A number that is known, as it stands among arrays and numbers that are not. */
export const lifted = (x: number | Symbolic): Symbolic =>
  x instanceof Symbolic ? x : new Symbolic([], [], () => numberTerm(x), { isStep: true })

/** A question of a stage, asked once a step. A class, for its identity. */
export class Choice {
  readonly test: Symbolic

  constructor(test: Symbolic) {
    this.test = test
  }
}

interface Chosen {
  readonly of: Choice
  readonly yes: Symbolic
  readonly no: Symbolic
}

/** Thrown where a stage does what no text can. */
export class Unsaid extends Error {
  readonly expected: string
  readonly got: string

  constructor(expected: string, got: string) {
    super(got)
    this.expected = expected
    this.got = got
  }
}

export const listText = (items: readonly (number | string)[]): string =>
  items.length === 1 ? `(${items[0]},)` : `(${items.join(', ')})`

/** The shape of arrays spread over each other. */
const spread = (...shapes: readonly (readonly number[])[]): number[] => {
  const rank = Math.max(...shapes.map(({ length }) => length))
  return Array.from({ length: rank }, (_, axis) => {
    const extents = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1)
    return extents.find((extent) => extent !== 1) ?? 1
  })
}

/** More numbers than these are no text. */
const MOST_NUMBERS = 64

const binary =
  (op: BinaryOp) =>
  (x: Symbolic, y: Symbolic | number): Symbolic =>
    y === 1 && (op === 'mul' || op === 'div')
      ? x
      : typeof y === 'number'
        ? new Symbolic(x.shape, [x], (a) => printed.binary[op](a as Term, numberTerm(y)))
        : new Symbolic(spread(x.shape, y.shape), [x, y], printed.binary[op] as Symbolic['say'])

const call = (shape: readonly number[], x: Symbolic, say: (x: string) => string): Symbolic =>
  new Symbolic(shape, [x], (a) => atom(say(asFloat(a as Term).code)))

const sum = (x: Symbolic, axes: readonly number[], keep = false): Symbolic => {
  if (axes.length === 0) return x
  const shape = keep
    ? x.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent))
    : x.shape.filter((_, axis) => !axes.includes(axis))
  const along = axes.length === x.shape.length && !keep ? '' : `, axis=${axes.length === 1 ? axes[0] : listText(axes)}`
  return call(shape, x, (a) => `jnp.sum(${a}${along}${keep ? ', keepdims=True' : ''})`)
}

const matMul = (x: Symbolic, y: Symbolic): Symbolic =>
  new Symbolic([x.shape[0] as number, y.shape[1] as number], [x, y], (a, b) => ({
    code: `${within(asFloat(a as Term), 2)} @ ${within(asFloat(b as Term), 3)}`,
    kind: 'float',
    binds: 2,
  }))

/** Of what is a matrix turned: the matrix. */
const turnedFrom = new WeakMap<Symbolic, Symbolic>()

const transpose = (x: Symbolic, order: readonly number[]): Symbolic => {
  if (order.every((axis, i) => axis === i)) return x
  const before = turnedFrom.get(x)
  if (before) return before
  const shape = order.map((axis) => x.shape[axis] as number)
  if (order.join() !== '1,0') return call(shape, x, (a) => `jnp.transpose(${a}, ${listText(order)})`)
  const made = new Symbolic(shape, [x], (a) => atom(`${within(asFloat(a as Term), 5)}.T`))
  turnedFrom.set(made, x)
  return made
}

const slice = (x: Symbolic, begin: readonly number[], size: readonly number[]): Symbolic => {
  const parts = begin.map((from, axis) => {
    const to = from + (size[axis] as number)
    return from === 0 && to === x.shape[axis] ? ':' : `${from}:${to}`
  })
  return new Symbolic(size, [x], (a) => atom(`${within(asFloat(a as Term), 5)}[${parts.join(', ')}]`))
}

const concat = (xs: readonly Symbolic[], axis: number): Symbolic => {
  const shape = (xs[0] as Symbolic).shape.map((extent, i) =>
    i === axis ? xs.reduce((all, x) => all + (x.shape[i] as number), 0) : extent,
  )
  return new Symbolic(shape, xs, (...terms) =>
    atom(`jnp.concatenate(${listText(terms.map((term) => asFloat(term).code))}, axis=${axis})`),
  )
}

/** Of places: what they sort. */
const sortedBy = new WeakMap<Symbolic, Symbolic>()

const argsort = (x: Symbolic): Symbolic => {
  const say = (a: Term): Term => atom(`jnp.argsort(${a.kind === 'int' ? a.code : asFloat(a).code}, stable=True)`, 'int')
  const made = new Symbolic(x.shape, [x], say as Symbolic['say'])
  sortedBy.set(made, x)
  return made
}

const take = (x: Symbolic, places: Symbolic): Symbolic => {
  if (sortedBy.get(places) === x) return call(x.shape, x, (a) => `jnp.sort(${a})`)
  return new Symbolic(places.shape, [x, places], (a, b) => {
    const at = (b as Term).kind === 'int' ? (b as Term).code : `${within(asFloat(b as Term), 5)}.astype(int)`
    return atom(`jnp.take_along_axis(${asFloat(a as Term).code}, ${at}, axis=-1)`)
  })
}

/** Numbers that a function of jax.numpy makes: a multiple of the unit matrix, or 0, 1, 2, … */
const patternOf = (numbers: Float64Array, shape: readonly number[]): Term | undefined => {
  const [n, m] = shape
  const [first = 0] = numbers
  if (
    shape.length === 2 &&
    n === m &&
    numbers.every((x, i) => x === (i % (numbers.length ** 0.5 + 1) === 0 ? first : 0))
  )
    return first === 1
      ? atom(`jnp.eye(${n}, dtype=float)`)
      : { code: `${numberTerm(first).code} * jnp.eye(${n}, dtype=float)`, kind: 'float', binds: 2 }
  if (numbers.length < 2 || !numbers.every((x, i) => x === i)) return undefined
  const count = `jnp.arange(${numbers.length}, dtype=float)`
  return atom(shape.length === 1 ? count : `jnp.reshape(${count}, ${listText(shape)})`)
}

const make = (numbers: Float64Array, shape: readonly number[]): Symbolic => {
  const [filled] = numbers
  if (filled !== undefined && numbers.every((x) => Object.is(x, filled))) {
    const text = `jnp.full(${shape.length === 0 ? '()' : listText(shape)}, ${numberTerm(filled).code}, float)`
    return new Symbolic(shape, [], () => atom(text), { filled })
  }
  const pattern = patternOf(numbers, shape)
  if (pattern !== undefined) return new Symbolic(shape, [], () => pattern)
  if (numbers.length > MOST_NUMBERS)
    throw new Unsaid(`at most ${MOST_NUMBERS} numbers of its own`, `${numbers.length} numbers`)
  const list = `jnp.asarray([${[...numbers].map((x) => numberTerm(x).code).join(', ')}], float)`
  return new Symbolic(shape, [], () => atom(shape.length === 1 ? list : `jnp.reshape(${list}, ${listText(shape)})`))
}

/** A shape that a reshape is told: that of one row is said of rows of any length. */
const shapeText = (shape: readonly number[]): string => {
  if (shape.length === 0) return '()'
  return shape.slice(0, -1).every((extent) => extent === 1) ? listText([...shape.slice(0, -1), -1]) : listText(shape)
}

/** The array operations of arrays that Python will have. */
export const symbolicOps: ArrayOps<Symbolic> = {
  ...mapRecord(printed.unary, (say) => (x: Symbolic) => new Symbolic(x.shape, [x], say as Symbolic['say'])),
  ...mapRecord(printed.binary, (_, op) => binary(op)),
  where: (test, yes, no) =>
    new Symbolic(spread(test.shape, yes.shape, no.shape), [test, yes, no], (a, b, c) =>
      select(a as Term, b as Term, c as Term),
    ),
  sum,
  matMul,
  transpose,
  reshape: (x, shape) =>
    shape.join() === x.shape.join() && shape.length === x.shape.length
      ? x
      : call(shape, x, (a) => `jnp.reshape(${a}, ${shapeText(shape)})`),
  slice,
  concat,
  argsort,
  take,
  read: () => {
    throw new Unsaid('array operations', 'work on the numbers of an array')
  },
  make,
}
