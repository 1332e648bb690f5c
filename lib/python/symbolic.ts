/** The array operations of arrays that Python will have: they make their text. */

import { sizeOf } from '../data/shape.ts'
import { readNumbers, tooManyNumbers } from '../errors/python.ts'
import type { BinaryOp } from '../expr/expr.ts'
import { mapRecord } from '../expr/meaning.ts'
import type { ArrayOps } from '../hosts/arrayOps.ts'
import { Symbolic, type Total, type TotalOp, totalOf } from './symbol.ts'
import { asFloat, atom, numberTerm, printed, select, type Term, within } from './term.ts'

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

/** Arrays of 1 and 0. */
const truths = new WeakSet<Symbolic>()

const binary =
  (op: BinaryOp) =>
  (x: Symbolic, y: Symbolic | number): Symbolic => {
    if (y === 1 && (op === 'mul' || op === 'div')) return x
    if (y === 0 && op === 'mul' && truths.has(x)) return make(new Float64Array(sizeOf(x.shape)), x.shape)
    if (typeof y === 'number') return new Symbolic(x.shape, [x], (a) => printed.binary[op](a as Term, numberTerm(y)))
    if (op === 'add' && isNothing(x)) return y
    if (op === 'add' && isNothing(y)) return x
    const total = op === 'add' || op === 'max' ? totalWith(op, x, y) : undefined
    return total ?? new Symbolic(spread(x.shape, y.shape), [x, y], printed.binary[op] as Symbolic['say'])
  }

/** An array of one number throughout as that number, where another array has its shape. */
const numberBeside = (x: Symbolic, other: Symbolic): Symbolic =>
  x.filled !== undefined && other.filled === undefined && x.shape.join() === other.shape.join()
    ? make(Float64Array.of(x.filled), [])
    : x

/** The number 0. */
const isNothing = ({ filled, shape }: Symbolic): boolean => shape.length === 0 && Object.is(filled, 0)

const termsOf = (op: TotalOp, x: Symbolic): Total['terms'] | undefined => {
  if (x.total?.op === op) return x.total.terms
  return x.shape.length === 0 && typeof x.leaf === 'number' ? new Map([[x.leaf, x]]) : undefined
}

/** Numbers of several leaves brought together. */
const totalWith = (op: TotalOp, x: Symbolic, y: Symbolic): Symbolic | undefined => {
  const [a, b] = [termsOf(op, x), termsOf(op, y)]
  if (!a || !b || [...b.keys()].some((leaf) => a.has(leaf))) return undefined
  return totalOf(op, new Map([...a, ...b]))
}

const call = (shape: readonly number[], x: Symbolic, say: (x: string) => string): Symbolic =>
  new Symbolic(shape, [x], (a) => atom(say(asFloat(a as Term).code)))

const sum = (x: Symbolic, axes: readonly number[], keep = false): Symbolic => {
  if (axes.length === 0) return x
  const shape = keep
    ? x.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent))
    : x.shape.filter((_, axis) => !axes.includes(axis))
  const along = axes.length === x.shape.length && !keep ? '' : `, axis=${axes.length === 1 ? axes[0] : listText(axes)}`
  const say = (a: Term): Term => atom(`jnp.sum(${asFloat(a).code}${along}${keep ? ', keepdims=True' : ''})`)
  return new Symbolic(shape, [x], say as Symbolic['say'], shape.length === 0 ? { summed: x } : {})
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
    if (shape.length === 0) return new Symbolic(shape, [], () => numberTerm(filled), { filled })
    const text = `jnp.full(${listText(shape)}, ${numberTerm(filled).code}, float)`
    return new Symbolic(shape, [], () => atom(text), { filled })
  }
  const pattern = patternOf(numbers, shape)
  if (pattern !== undefined) return new Symbolic(shape, [], () => pattern)
  if (numbers.length > MOST_NUMBERS) throw tooManyNumbers(MOST_NUMBERS, numbers.length)
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
  isFinite: (x) => {
    const made = new Symbolic(x.shape, [x], printed.unary.isFinite as Symbolic['say'])
    truths.add(made)
    return made
  },
  where: (test, yes, no) =>
    new Symbolic(
      spread(test.shape, yes.shape, no.shape),
      [test, numberBeside(yes, no), numberBeside(no, yes)],
      select as Symbolic['say'],
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
    throw readNumbers()
  },
  make,
}
