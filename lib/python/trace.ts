/** Stages written against array operations, followed on arrays that stand for what Python will have: what they compute becomes text. */

import { raiseFindings } from '../check/check.ts'
import { isBranch, leavesLike, type Tree, treeEntries, treeLeaves, treeMap } from '../data/tree.ts'
import { describe, ForegradError } from '../errors/error.ts'
import { arrayText, changedState, nothingMade, otherStateOf, readByName, Unsaid, unsaid } from '../errors/python.ts'
import type { Extra, Opaque, ProjectFunctions, Projection, UpdateFunctions } from '../form/form.ts'
import type { ArrayOps } from '../hosts/arrayOps.ts'
import { followingOps } from './follow.ts'
import { runsOn } from './innerRule.ts'
import { Names, snakeCase } from './names.ts'
import { allIn, checkLeaf, lifted, Symbolic } from './symbol.ts'
import { atom } from './term.ts'

/** What is kept for one leaf: an array, or a list of such. */
export type Bundle = Symbolic | readonly Bundle[]

/** The arrays of a bundle, from left to right. */
export const arraysIn = (bundle: Bundle): readonly Symbolic[] =>
  bundle instanceof Symbolic ? [bundle] : bundle.flatMap(arraysIn)

/** Stands in a state for what is kept: a tree like the parameters with a bundle for each, a number, or an array of no leaf. A class, so that a tree takes it for a leaf. */
export class Kept {
  /** Where it is among the kept. */
  readonly index: number
  /** Of a number, and of an array of no leaf: what it starts at. */
  readonly start: number | Symbolic | undefined

  constructor(index: number, start?: number | Symbolic) {
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
  /** All that these are made of, what is made first before what is made of it. */
  readonly all: readonly Symbolic[]
  /** The names that functions of leaves know already. */
  readonly taken: Names
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

/**
 * How a stage is read. `bundles`: each leaf may keep several arrays, of any shape; `alike`: it keeps one of its own shape; `one`: so, and what
 * its only leaf sums is of no leaf.
 */
type Reading = 'bundles' | 'alike' | 'one'

interface Found {
  readonly bundles: (readonly Bundle[])[]
  readonly reading: Reading
}

/** True where each leaf keeps an array of its own shape. */
const areAlike = (params: Tree<Symbolic>, bundles: readonly Bundle[]): boolean =>
  treeLeaves(params).every(({ shape }, leaf) => {
    const x = bundles[leaf]
    return x instanceof Symbolic && x.shape.join() === shape.join() && x.shape.length === shape.length
  })

/** What a state keeps: trees that are shaped like the parameters, and numbers. */
const keptIn = (state: unknown, params: Tree<Symbolic>, found: Found): Tree<Kept> => {
  const { bundles, reading } = found
  if (typeof state === 'number') return new Kept(bundles.push([]) - 1, state)
  const own = bundlesIn(params, state)
  if (own && (reading === 'bundles' || areAlike(params, own))) return new Kept(bundles.push(own) - 1)
  if (Array.isArray(state)) return state.map((x) => keptIn(x, params, found))
  if (isBranch(state))
    return Object.fromEntries(Object.entries(state).map(([key, x]) => [key, keptIn(x, params, found)]))
  if (state instanceof Symbolic && state.leaf === undefined) return new Kept(bundles.push([]) - 1, state)
  throw otherStateOf(state instanceof Symbolic ? arrayText(state.shape) : describe(state))
}

const sameBundle = (a: Bundle, b: Bundle | undefined): boolean => {
  if (a instanceof Symbolic || b instanceof Symbolic) return a instanceof Symbolic && b instanceof Symbolic
  return b !== undefined && a.length === b.length && a.every((x, i) => sameBundle(x, b[i]))
}

const isNumber = (x: unknown): x is Symbolic | number => typeof x === 'number' || (x instanceof Symbolic && x.isStep)

const changed = (got: unknown): never => {
  throw changedState(got)
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
    const isSame =
      state.start instanceof Symbolic
        ? next instanceof Symbolic && next.leaf === undefined && next.shape.join() === state.start.shape.join()
        : isNumber(next)
    if (!isSame) changed(next)
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
    throw readByName(`'${key}'`)
  },
})

/** What functions of leaves name already. */
export const taken: readonly string[] = ['g', 'p', 'w', 'place', 'jnp', 'jax', 'optax', 'solve_triangular', 'ndtri']

/** What the trees and numbers of a state are called: by the last words of their paths. */
const namesOf = (state: Tree<Kept>, names: Names): string[] => {
  const found: string[] = []
  for (const [path, { index }] of treeEntries(state)) {
    const word = snakeCase(String(path.findLast((step) => typeof step === 'string') ?? 'kept'))
    found[index] = names.fresh(word === 'params' || word === 'updates' ? `last_${word}` : word)
  }
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
    if (start instanceof Symbolic)
      return new Symbolic(start.shape, [], () => atom(name), { counted: index, isStep: false, isOnce: true }) as never
    if (start !== undefined) return new Symbolic([], [], () => atom(name), { counted: index }) as never
    let leaf = -1
    return treeMap(params, () => {
      leaf++
      return trackedBundle(starts[index]?.[leaf] as Bundle, name, { tree: name, leaf }) as never
    }) as never
  })

/** True where any of what these are made of is so. */
const some = (roots: readonly Symbolic[], test: (node: Symbolic) => boolean): boolean => allIn(roots).some(test)

/** A number that stays as it is and of which nothing is made may have been compared in JavaScript, where no text can follow. */
const checkSaid = (state: Tree<Kept>, names: readonly string[], roots: readonly Symbolic[]): void => {
  for (const { index, start } of treeLeaves(state)) {
    const isIt = ({ counted }: Symbolic): boolean => counted === index
    const others = roots.flatMap((root) => (isIt(root) ? root.operands : [root]))
    if (typeof start === 'number' && !some(others, isIt)) throw nothingMade(names[index])
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

type Shapes = Tree<{ readonly shape: readonly number[] }>

const follow = (form: Opaque | Projection, params: Shapes, reading: Reading): Traced => {
  const symbols = treeMap(params, ({ shape }) => new Symbolic(shape, [], () => atom('p'))) as Tree<Symbolic>
  const [updates, weights] = [tracked(symbols, mainOf(form)), tracked(symbols, 'p')]
  const own = new Names(taken)
  const ops = followingOps(treeLeaves(weights).length, own, reading === 'one')
  const functions = functionsOf(form, ops)
  const starts: (readonly Bundle[])[] = []
  const first = functions.init(weights)
  const state = keptIn(first, weights, { bundles: starts, reading })
  const names = namesOf(state, own)
  const before = givenState(state, weights, names, starts)
  const findings =
    form.check?.({
      updates,
      params: weights,
      state: first,
      extra: form.kind === 'opaque' ? unknownExtra : Object.fromEntries((form.reads ?? []).map((name) => [name, 0])),
      leaf: () => undefined,
      within: () => [],
    }) ?? []
  raiseFindings(findings)
  const given: (readonly Bundle[])[] = []
  keepAfter(state, before, weights, starts, given)
  const [made, after] = functions.update(updates, before, weights, unknownExtra)
  const next: (readonly Bundle[])[] = []
  keepAfter(state, after, weights, starts, next)
  const leaves = leavesLike(weights, made)
  const roots = [...leaves, ...next.flat().flatMap(arraysIn)]
  checkSaid(state, names, roots)
  for (const bundles of [leaves, ...starts, ...next])
    bundles.forEach((bundle, leaf) => {
      for (const root of arraysIn(bundle)) checkLeaf(root, leaf)
    })
  return { state, names, starts, given, updates: leaves, next, all: allIn(roots), taken: own }
}

/** What is wrong, where no text can say a stage: what it is to be given by name is not known here. */
const asUnsaid = (error: unknown): Unsaid => {
  if (error instanceof Unsaid) return error
  if (!(error instanceof ForegradError) || error.code !== 'missing-signal') throw error
  return readByName(`${error.faults[0]?.path}`)
}

/** A list of two trees and two bundles look alike where there are two leaves: where one reading does not go, another may. */
const followed = (form: Opaque | Projection, params: Shapes): Traced => {
  const readings: readonly Reading[] = isBranch(params) ? ['bundles', 'alike'] : ['alike', 'bundles']
  const faults: Unsaid[] = []
  for (const reading of treeLeaves(params).length === 1 ? [...readings, 'one' as const] : readings) {
    try {
      return follow(form, params, reading)
    } catch (error) {
      faults.push(asUnsaid(error))
    }
  }
  throw faults[0]
}

/**
 * Follows a stage on leaves of these shapes.
 *
 * Errors: `unsupported` for a stage that reads numbers of arrays or trees and functions by name, keeps other things than numbers, arrays and
 * trees shaped like the parameters, or makes a leaf of other leaves but by their sum or the largest of them.
 */
export const trace = (form: Opaque | Projection, params: Shapes): Traced => {
  try {
    return followed(form, params)
  } catch (thrown) {
    throw unsaid(form.name, asUnsaid(thrown))
  }
}

/** True for a tree that is kept and that a step leaves as it is. */
export const staysIn = ({ given, next }: Traced, index: number): boolean => {
  const [before, after] = [given, next].map((all) => all[index]?.flatMap(arraysIn))
  return before?.every((x, i) => x === after?.[i]) ?? false
}
