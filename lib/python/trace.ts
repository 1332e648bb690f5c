/** Stages written against array operations, followed on arrays that stand for what Python will have: what they compute becomes text. */
import { raiseFindings } from '../check/check.ts'
import { describe, type Fault, ForegradError } from '../data/error.ts'
import { isBranch, leavesLike, type Tree, treeEntries, treeLeaves, treeMap } from '../data/tree.ts'
import type { Input } from '../expr/expr.ts'
import type { Extra, Opaque, ProjectFunctions, Projection, UpdateFunctions } from '../form/form.ts'
import type { ArrayOps } from '../hosts/arrayOps.ts'
import { followingOps } from './follow.ts'
import { runsOn } from './innerRule.ts'
import { Names, snakeCase } from './names.ts'
import { lifted, Symbolic, saidNumbers, Unsaid } from './symbolic.ts'
import { atom } from './term.ts'

/** What is kept for one leaf: an array, or a list of such. */
export type Bundle = Symbolic | readonly Bundle[]

/** The arrays of a bundle, from left to right. */
export const arraysIn = (bundle: Bundle): readonly Symbolic[] =>
  bundle instanceof Symbolic ? [bundle] : bundle.flatMap(arraysIn)

/** Stands in a state for what is kept: a tree like the parameters with a bundle for each, or a number. A class, so that a tree takes it for a leaf. */
export class Kept {
  /** Where it is among the kept. */
  readonly index: number
  /** Of a number: what it starts at. */
  readonly start: number | undefined

  constructor(index: number, start?: number) {
    this.index = index
    this.start = start
  }
}

/** What a stage does. */
export interface Traced {
  /** Its state, with what is kept in the place of trees and numbers. */
  readonly state: Tree<Kept>
  /** What is kept, as it is called. */
  readonly names: readonly string[]
  /** The first values of what is kept, each leaf by leaf; of a number none. */
  readonly starts: readonly (readonly Bundle[])[]
  /** What is kept, as a step is given it, each leaf by leaf. */
  readonly given: readonly (readonly Bundle[])[]
  /** The update, or the parameters that it sets, and the next values of what is kept, each leaf by leaf; of a number that alone. */
  readonly updates: readonly Symbolic[]
  readonly next: readonly (readonly Bundle[])[]
  /** Names of the trees that functions of leaves are given, beside what is kept: the place of a leaf among all, where it draws. */
  readonly draws: boolean
}

const isBundle = (x: unknown): x is Bundle => x instanceof Symbolic || (Array.isArray(x) && x.every(isBundle))

/** The bundles of all leaves, where a part of a state is shaped like the parameters down to them. */
const bundlesIn = (tree: Tree<Symbolic>, x: unknown): readonly Bundle[] | undefined => {
  if (!isBranch(tree)) return isBundle(x) && !(x instanceof Symbolic && x.isStep) ? [x] : undefined
  if (!isBranch(x) || Array.isArray(x) !== Array.isArray(tree)) return undefined
  const keys = Object.keys(tree)
  if (keys.length === 0 || keys.join() !== Object.keys(x).join()) return undefined
  const found: Bundle[] = []
  for (const key of keys) {
    const child = (tree as Readonly<Record<string, Tree<Symbolic>>>)[key] as Tree<Symbolic>
    if (isBranch(child) && treeLeaves(child).length === 0) continue
    const below = bundlesIn(child, (x as Readonly<Record<string, unknown>>)[key])
    if (below === undefined) return undefined
    found.push(...below)
  }
  return found
}

interface Found {
  readonly bundles: (readonly Bundle[])[]
}

/** What a state keeps: trees that are shaped like the parameters, and numbers. */
const keptIn = (state: unknown, params: Tree<Symbolic>, { bundles }: Found): Tree<Kept> => {
  if (typeof state === 'number') return new Kept(bundles.push([]) - 1, state)
  const own = bundlesIn(params, state)
  if (own) return new Kept(bundles.push(own) - 1)
  if (Array.isArray(state)) return state.map((x) => keptIn(x, params, { bundles }))
  if (isBranch(state))
    return Object.fromEntries(Object.entries(state).map(([key, x]) => [key, keptIn(x, params, { bundles })]))
  const got = state instanceof Symbolic ? `an array of shape [${state.shape.join(', ')}]` : describe(state)
  throw new Unsaid('a state of numbers and of trees shaped like the parameters', got)
}

const sameBundle = (a: Bundle, b: Bundle | undefined): boolean => {
  if (a instanceof Symbolic || b instanceof Symbolic) return a instanceof Symbolic && b instanceof Symbolic
  return b !== undefined && a.length === b.length && a.every((x, i) => sameBundle(x, b[i]))
}

const isNumber = (x: unknown): x is Symbolic | number => typeof x === 'number' || (x instanceof Symbolic && x.isStep)

const changed = (got: unknown): never => {
  throw new Unsaid('a state that keeps its structure', describe(got))
}

/** What the next state keeps, in the places that it had. */
const keepAfter = (
  state: Tree<Kept>,
  next: unknown,
  params: Tree<Symbolic>,
  before: readonly (readonly Bundle[])[],
  found: (readonly Bundle[])[],
): void => {
  if (state instanceof Kept && state.start !== undefined) {
    if (!isNumber(next)) changed(next)
    found[state.index] = [lifted(next as number)]
    return
  }
  if (state instanceof Kept) {
    const own = bundlesIn(params, next)
    if (!own?.every((bundle, i) => sameBundle(bundle, before[state.index]?.[i]))) changed(next)
    found[state.index] = own as readonly Bundle[]
    return
  }
  if (!isBranch(next)) changed(next)
  for (const [key, child] of Object.entries(state as Readonly<Record<string, Tree<Kept>>>))
    keepAfter(child, (next as Readonly<Record<string, unknown>>)[key], params, before, found)
}

/** What functions of leaves are given in the place of a bundle. */
const trackedBundle = (bundle: Bundle, code: string, given: Symbolic['given']): Bundle =>
  bundle instanceof Symbolic
    ? new Symbolic(bundle.shape, [], () => atom(code), { given })
    : bundle.map((x, i) => trackedBundle(x, `${code}[${i}]`, given))

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
export const taken: readonly string[] = ['g', 'p', 'w', 'place', 'jnp', 'jax', 'optax', 'solve_triangular', 'ndtri']

/** What the trees and numbers of a state are called: by the last words of their paths. */
const namesOf = (state: Tree<Kept>): string[] => {
  const names = new Names(taken)
  const found: string[] = []
  for (const [path, { index }] of treeEntries(state))
    found[index] = names.fresh(snakeCase(String(path.findLast((step) => typeof step === 'string') ?? 'kept')))
  return found
}

/** A state whose trees and numbers are those that a step is given. */
const givenState = (
  state: Tree<Kept>,
  params: Tree<Symbolic>,
  names: readonly string[],
  starts: readonly (readonly Bundle[])[],
): unknown =>
  treeMap(state, ({ index, start }) => {
    const name = names[index] as string
    if (start !== undefined) return new Symbolic([], [], () => atom(name), { counted: index }) as never
    let leaf = -1
    return treeMap(params, () => {
      leaf++
      return trackedBundle(starts[index]?.[leaf] as Bundle, name, { tree: name, leaf }) as never
    }) as never
  })

/** True where any of what these are made of is so. */
const some = (roots: readonly Symbolic[], test: (node: Symbolic) => boolean): boolean => {
  const seen = new Set<Symbolic>()
  const visit = (node: Symbolic): boolean => {
    if (seen.has(node)) return false
    seen.add(node)
    return test(node) || node.operands.some(visit)
  }
  return roots.some(visit)
}

/** A number that stays as it is and of which nothing is made may have been compared in JavaScript, where no text can follow. */
const checkSaid = (state: Tree<Kept>, names: readonly string[], roots: readonly Symbolic[]): void => {
  for (const { index, start } of treeLeaves(state)) {
    const isIt = ({ counted }: Symbolic): boolean => counted === index
    const others = roots.flatMap((root) => (isIt(root) ? root.operands : [root]))
    if (start !== undefined && !some(others, isIt))
      throw new Unsaid(saidNumbers, `${names[index]}, of which nothing is made`)
  }
}

/** What the functions of leaves of a stage are given first: the update, or the parameters after the step. */
export const mainOf = ({ kind }: Opaque | Projection): 'g' | 'w' => (kind === 'opaque' ? 'g' : 'w')

/** The functions of a stage that acts on updates, or on the parameters after the step. */
const functionsOf = (form: Opaque | Projection, ops: ArrayOps<Symbolic>): UpdateFunctions<unknown, Symbolic> => {
  if (form.kind === 'opaque') return form.onOps?.(ops, runsOn(ops)) as UpdateFunctions<unknown, Symbolic>
  const functions = form.onOps?.(ops) as ProjectFunctions<unknown, Symbolic>
  return { init: functions.init, update: (moved, state) => functions.project(moved, state, unknownExtra) }
}

const follow = (form: Opaque | Projection, params: Tree<{ readonly shape: readonly number[] }>): Traced => {
  const symbols = treeMap(params, ({ shape }) => new Symbolic(shape, [], () => atom('p'))) as Tree<Symbolic>
  const [updates, weights] = [tracked(symbols, mainOf(form)), tracked(symbols, 'p')]
  const ops = followingOps(treeLeaves(weights).length)
  const functions = functionsOf(form, ops)
  const starts: (readonly Bundle[])[] = []
  const first = functions.init(weights)
  const state = keptIn(first, weights, { bundles: starts })
  const names = namesOf(state)
  const before = givenState(state, weights, names, starts)
  raiseFindings(
    form.check?.({
      updates,
      params: weights,
      state: first,
      extra: form.kind === 'opaque' ? unknownExtra : Object.fromEntries((form.reads ?? []).map((name) => [name, 0])),
      leaf: () => undefined,
      within: () => [],
    }) ?? [],
  )
  const given: (readonly Bundle[])[] = []
  keepAfter(state, before, weights, starts, given)
  const [made, after] = functions.update(updates, before, weights, unknownExtra)
  const next: (readonly Bundle[])[] = []
  keepAfter(state, after, weights, starts, next)
  const own = leavesLike(weights, made)
  const roots = [...own, ...next.flat().flatMap(arraysIn)]
  checkSaid(state, names, roots)
  return { state, names, starts, given, updates: own, next, draws: some(roots, ({ given }) => given?.tree === 'place') }
}

/**
 * Follows a stage on leaves of these shapes.
 *
 * Errors: `unsupported` for a stage that reads numbers of arrays or what is given by name, keeps other things than numbers and trees shaped like the
 * parameters, or makes a leaf of other leaves.
 */
export const trace = (form: Opaque | Projection, params: Tree<{ readonly shape: readonly number[] }>): Traced => {
  try {
    const traced = follow(form, params)
    for (const leaves of [traced.updates, ...traced.starts, ...traced.next])
      leaves.forEach((bundle, leaf) => {
        if (arraysIn(bundle).some((root) => mixes(root, leaf)))
          throw new Unsaid('each leaf made of that leaf alone', 'one made of several')
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

/** True for a tree that is kept and that a step leaves as it is. */
export const staysIn = ({ given, next }: Traced, index: number): boolean => {
  const [before, after] = [given, next].map((all) => all[index]?.flatMap(arraysIn))
  return before?.every((x, i) => x === after?.[i]) ?? false
}

/** The signals that a stage reads. */
export const signalsOf = ({ updates, next }: Traced): readonly Input[] => {
  const found = new Map<string, Input>()
  some([...updates, ...next.flat().flatMap(arraysIn)], ({ signalled }) => {
    if (signalled) found.set(signalled.name, signalled)
    return false
  })
  return [...found.values()]
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
