/** Stages written against array operations, followed on arrays that stand for what Python will have: what they compute becomes text. */
import { raiseFindings } from '../check/check.ts'
import { describe, type Fault, ForegradError } from '../data/error.ts'
import { isBranch, leavesLike, type Tree, treeEntries, treeFaults, treeLeaves, treeMap } from '../data/tree.ts'
import type { BinaryOp } from '../expr/expr.ts'
import { mapRecord } from '../expr/meaning.ts'
import type { Extra, Opaque } from '../form/form.ts'
import type { ArrayOps } from '../hosts/arrayOps.ts'
import { Names, snakeCase } from './names.ts'
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

  constructor(
    shape: readonly number[],
    operands: readonly Symbolic[],
    say: (...operands: Term[]) => Term,
    { given, filled }: Partial<Pick<Symbolic, 'given' | 'filled'>> = {},
  ) {
    this.shape = shape
    this.operands = operands
    this.say = say
    this.given = given
    this.filled = filled
  }
}

/** Thrown where a stage does what no text can. */
class Unsaid extends Error {
  readonly expected: string
  readonly got: string

  constructor(expected: string, got: string) {
    super(got)
    this.expected = expected
    this.got = got
  }
}

const listText = (items: readonly (number | string)[]): string =>
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
    typeof y === 'number'
      ? new Symbolic(x.shape, [x], (a) => printed.binary[op](a as Term, numberTerm(y)))
      : new Symbolic(spread(x.shape, y.shape), [x, y], printed.binary[op] as Symbolic['say'])

const call = (shape: readonly number[], x: Symbolic, say: (x: string) => string): Symbolic =>
  new Symbolic(shape, [x], (a) => atom(say(asFloat(a as Term).code)))

const sum = (x: Symbolic, axes: readonly number[], keep = false): Symbolic => {
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

const transpose = (x: Symbolic, order: readonly number[]): Symbolic => {
  const shape = order.map((axis) => x.shape[axis] as number)
  if (order.join() !== '1,0') return call(shape, x, (a) => `jnp.transpose(${a}, ${listText(order)})`)
  return new Symbolic(shape, [x], (a) => atom(`${within(asFloat(a as Term), 5)}.T`))
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

const make = (numbers: Float64Array, shape: readonly number[]): Symbolic => {
  const [filled] = numbers
  if (filled !== undefined && numbers.every((x) => Object.is(x, filled))) {
    const text = `jnp.full(${shape.length === 0 ? '()' : listText(shape)}, ${numberTerm(filled).code}, float)`
    return new Symbolic(shape, [], () => atom(text), { filled })
  }
  if (numbers.length > MOST_NUMBERS)
    throw new Unsaid(`at most ${MOST_NUMBERS} numbers of its own`, `${numbers.length} numbers`)
  const list = `jnp.asarray([${[...numbers].map((x) => numberTerm(x).code).join(', ')}], float)`
  return new Symbolic(shape, [], () => atom(shape.length === 1 ? list : `jnp.reshape(${list}, ${listText(shape)})`))
}

const symbolicOps: ArrayOps<Symbolic> = {
  ...mapRecord(printed.unary, (say) => (x: Symbolic) => new Symbolic(x.shape, [x], say as Symbolic['say'])),
  ...mapRecord(printed.binary, (_, op) => binary(op)),
  where: (test, yes, no) =>
    new Symbolic(spread(test.shape, yes.shape, no.shape), [test, yes, no], (a, b, c) =>
      select(a as Term, b as Term, c as Term),
    ),
  sum,
  matMul,
  transpose,
  reshape: (x, shape) => call(shape, x, (a) => `jnp.reshape(${a}, ${listText(shape)})`),
  slice,
  concat,
  argsort: (x) => call(x.shape, x, (a) => `jnp.argsort(${a}, stable=True).astype(float)`),
  take: (x, places) =>
    new Symbolic(places.shape, [x, places], (a, b) => {
      const at = `${within(asFloat(b as Term), 5)}.astype(int)`
      return atom(`jnp.take_along_axis(${asFloat(a as Term).code}, ${at}, axis=-1)`)
    }),
  read: () => {
    throw new Unsaid('array operations', 'work on the numbers of an array')
  },
  make,
}

/** A stage that runs another transformation is not followed into it. */
const noRuns = (): never => {
  throw new Unsaid('array operations', 'a transformation that it runs')
}

/** Stands in a state for a tree that is shaped like the parameters. A class, so that a tree takes it for a leaf. */
export class Kept {
  /** Where it is among the kept. */
  readonly index: number

  constructor(index: number) {
    this.index = index
  }
}

/** What a stage does. */
export interface Traced {
  /** Its state, with what is kept in the place of trees. */
  readonly state: Tree<Kept>
  /** What is kept, as it is called. */
  readonly names: readonly string[]
  /** The first values of what is kept, each leaf by leaf. */
  readonly starts: readonly (readonly Symbolic[])[]
  /** The update, and the next values of what is kept, each leaf by leaf. */
  readonly results: readonly (readonly Symbolic[])[]
}

const isLike = (tree: Tree<Symbolic>, x: unknown): x is Tree<Symbolic> =>
  isBranch(x) === isBranch(tree) &&
  (!isBranch(x) || treeFaults(tree, x as Tree<unknown>, '').length === 0) &&
  treeLeaves(x as Tree<unknown>).every((leaf) => leaf instanceof Symbolic)

/** The trees in a state that are shaped like the parameters. */
const keptIn = (state: unknown, params: Tree<Symbolic>, found: Tree<Symbolic>[]): Tree<Kept> => {
  if (isLike(params, state)) return new Kept(found.push(state) - 1)
  if (Array.isArray(state)) return state.map((x) => keptIn(x, params, found))
  if (isBranch(state))
    return Object.fromEntries(Object.entries(state).map(([key, x]) => [key, keptIn(x, params, found)]))
  const got = state instanceof Symbolic ? `an array of shape [${state.shape.join(', ')}]` : describe(state)
  throw new Unsaid('a state of trees shaped like the parameters', got)
}

/** The trees of the next state, in the places that they had. */
const keepAfter = (state: Tree<Kept>, next: unknown, params: Tree<Symbolic>, found: Tree<Symbolic>[]): void => {
  if (state instanceof Kept) {
    if (!isLike(params, next)) throw new Unsaid('a state that keeps its structure', describe(next))
    found[state.index] = next
    return
  }
  if (!isBranch(next)) throw new Unsaid('a state that keeps its structure', describe(next))
  for (const [key, child] of Object.entries(state as Readonly<Record<string, Tree<Kept>>>))
    keepAfter(child, (next as Readonly<Record<string, unknown>>)[key], params, found)
}

const tracked = (tree: Tree<Symbolic>, name: string): Tree<Symbolic> => {
  let leaf = 0
  return treeMap(
    tree,
    ({ shape }) => new Symbolic(shape, [], () => atom(name), { given: { tree: name, leaf: leaf++ } }),
  )
}

/** What is given by name is not known here. */
const unknownExtra: Extra = new Proxy({} as Record<string, unknown>, {
  get: (_, key) => {
    if (typeof key === 'symbol') return undefined
    throw new Unsaid('what arrays alone say', `'${key}', given by name`)
  },
})

/** What functions of leaves name already. */
export const taken: readonly string[] = ['g', 'p', 'jnp', 'jax', 'optax']

/** What the trees of a state are called: by the last words of their paths. */
const namesOf = (state: Tree<Kept>): string[] => {
  const names = new Names(taken)
  const found: string[] = []
  for (const [path, { index }] of treeEntries(state))
    found[index] = names.fresh(snakeCase(String(path.findLast((step) => typeof step === 'string') ?? 'kept')))
  return found
}

const follow = (form: Opaque, params: Tree<{ readonly shape: readonly number[] }>): Traced => {
  const symbols = treeMap(params, ({ shape }) => new Symbolic(shape, [], () => atom('p'))) as Tree<Symbolic>
  const [updates, weights] = [tracked(symbols, 'g'), tracked(symbols, 'p')]
  const functions = form.onOps?.(symbolicOps, noRuns) as NonNullable<
    ReturnType<NonNullable<typeof form.onOps<Symbolic>>>
  >
  const found: Tree<Symbolic>[] = []
  const state = keptIn(functions.init(weights), weights, found)
  const names = namesOf(state)
  const given = found.map((tree, i) => tracked(tree, names[i] as string))
  const before = treeMap(state, ({ index }) => given[index] as never)
  raiseFindings(
    form.check?.({
      updates,
      params: weights,
      state: before,
      extra: unknownExtra,
      leaf: () => undefined,
      within: () => [],
    }) ?? [],
  )
  const [made, next] = functions.update(updates, before, weights, unknownExtra)
  const after = found.map(() => weights)
  keepAfter(state, next, weights, after)
  return {
    state,
    names,
    starts: found.map((tree) => leavesLike(weights, tree)),
    results: [made, ...after].map((tree) => leavesLike(weights, tree)),
  }
}

/**
 * Follows a stage on leaves of these shapes.
 *
 * Errors: `unsupported` for a stage that reads numbers or what is given by name, keeps other things than trees shaped like the parameters, or makes
 * a leaf of other leaves.
 */
export const trace = (form: Opaque, params: Tree<{ readonly shape: readonly number[] }>): Traced => {
  try {
    const traced = follow(form, params)
    for (const leaves of [...traced.starts, ...traced.results])
      leaves.forEach((root, leaf) => {
        if (mixes(root, leaf)) throw new Unsaid('each leaf made of that leaf alone', 'one made of several')
      })
    return traced
  } catch (error) {
    if (!(error instanceof Unsaid)) throw error
    const fault: Fault = { path: `toOptax: ${form.name}`, expected: error.expected, got: error.got }
    throw new ForegradError(
      'unsupported',
      [fault],
      'Write that stage with array operations on each leaf, or its optax counterpart around the printed transformation.',
    )
  }
}

const mixes = (root: Symbolic, leaf: number): boolean => {
  const seen = new Set<Symbolic>()
  const visit = (node: Symbolic): boolean => {
    if (seen.has(node)) return false
    seen.add(node)
    return (node.given !== undefined && node.given.leaf !== leaf) || node.operands.some(visit)
  }
  return visit(root)
}
