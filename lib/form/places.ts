/** Where the parts of a form keep their states in the state of the whole. */

import { hasOwn, own as ownAt } from '../data/branch.ts'
import { type Path, pathText } from '../data/path.ts'
import { isBranch, type Tree, treeEntries, treeMap } from '../data/tree.ts'
import type { Fault } from '../errors/error.ts'
import { lacking, unwanted } from '../errors/kinds.ts'
import { otherList, otherRecord, partOfState } from '../errors/trees.ts'
import type { Branch, Branches, Form } from './form.ts'

/** The place of one part's state. A class, so that a tree does not take it for a branch. */
export class Place {
  readonly path: Path
  /** It is a wrapper's: a record that also holds the `inner` state. */
  readonly own: boolean

  constructor(path: Path, own = false) {
    this.path = path
    this.own = own
  }

  get key(): string {
    return `${pathText(this.path)}${this.own ? ' own' : ''}`
  }
}

/** The states of parts by the key of their place. */
export type States = Map<string, unknown>

type Record = Readonly<{ [key: string]: unknown }>

const within = (tree: unknown, path: Path): unknown =>
  path.reduce<unknown>((found, step) => (isBranch(found) ? ownAt(found, step) : undefined), tree)

const stateOf = (state: unknown, { path, own }: Place): unknown => {
  const found = within(state, path)
  if (!own || !isBranch(found)) return found
  return Object.fromEntries(Object.entries(found).filter(([key]) => key !== 'inner'))
}

/** What stands at these places, in their structure; undefined where the state has no such place. */
export const stateAt = (state: unknown, places: Tree<Place>): unknown =>
  treeMap<Place, unknown>(places, (place) => stateOf(state, place))

/** Keeps what was made for these places. */
export const keepStates = (states: States, places: Tree<Place>, made: unknown): void => {
  for (const [path, place] of treeEntries(places)) states.set(place.key, within(made, path))
}

/** The way to a slot in the whole state, from the way to it among these places. */
export const pathIn =
  (places: Tree<Place>) =>
  (path: Path): Path => {
    let found: Tree<Place> = places
    for (let i = 0; i <= path.length; i++) {
      if (found instanceof Place) return [...found.path, ...path.slice(i)]
      found = (found as { readonly [key: string]: Tree<Place> })[path[i] as string] as Tree<Place>
    }
    return path
  }

/** The way to a branch's state. */
export const branchPath = ({ prefix }: Branches, { key }: Branch): Path => (key === '' ? prefix : [...prefix, key])

/** The states of branches as the state holds them. */
const underPrefix = ({ prefix, branches }: Branches, states: readonly unknown[]): unknown => {
  const single = branches.length === 1 && branches[0]?.key === ''
  const inner = single ? states[0] : Object.fromEntries(branches.map(({ key }, i) => [key, states[i]]))
  return prefix.reduceRight<unknown>((tree, step) => ({ [step]: tree }), inner)
}

/** The new states in the places of the old; a part that did not run keeps its own. */
export const withStates = (form: Form, states: States, old: unknown, path: Path = []): unknown => {
  if (form.kind === 'sequence') return form.parts.map((part, i) => withStates(part, states, old, [...path, i]))
  if (form.kind === 'wrapped') {
    const own = states.get(new Place(path, true).key) as object
    return { ...own, inner: withStates(form.inner, states, old, [...path, 'inner']) }
  }
  if (form.kind === 'branches') {
    const inner = form.branches.map((branch) =>
      withStates(branch.form, states, old, [...path, ...branchPath(form, branch)]),
    )
    return underPrefix(form, inner)
  }
  const place = new Place(path)
  if (states.has(place.key)) return states.get(place.key)
  // A rule that changes nothing has no slots, and does not run.
  return form.kind === 'rule' ? treeMap(form.slots, (slot) => slot) : stateOf(old, place)
}

const wrongRecord = (state: unknown, keys: readonly string[], path: Path): Fault[] => {
  const where = pathText(['state', ...path])
  if (!isBranch(state) || Array.isArray(state)) return [otherRecord(where, keys, state)]
  const given = Object.keys(state)
  const at = (key: string): string => pathText(['state', ...path, key])
  return [
    ...keys.filter((key) => !given.includes(key)).map((key) => lacking(at(key), partOfState(true))),
    ...given.filter((key) => !keys.includes(key)).map((key) => unwanted(at(key), (state as Record)[key])),
  ]
}

/** Where a state is not put together as the form is. What the parts' own states hold, their rules say. */
export const stateFaults = (form: Form, state: unknown, path: Path = []): Fault[] => {
  if (form.kind === 'sequence') {
    const { length } = form.parts
    if (!Array.isArray(state) || state.length !== length)
      return [otherList(pathText(['state', ...path]), length, state)]
    return form.parts.flatMap((part, i) => stateFaults(part, state[i], [...path, i]))
  }
  if (form.kind === 'wrapped') {
    if (!hasOwn(state, 'inner')) return [lacking(pathText(['state', ...path, 'inner']), partOfState(true))]
    return stateFaults(form.inner, state.inner, [...path, 'inner'])
  }
  if (form.kind !== 'branches') return []
  const { prefix, branches } = form
  const levels = prefix.map((step, i) => ({ keys: [String(step)], at: prefix.slice(0, i) }))
  const single = branches.length === 1 && branches[0]?.key === ''
  const all = single ? levels : [...levels, { keys: branches.map(({ key }) => key), at: prefix }]
  for (const { keys, at } of all) {
    const faults = wrongRecord(within(state, at), keys, [...path, ...at])
    if (faults.length > 0) return faults
  }
  return branches.flatMap((branch) => {
    const own = branchPath(form, branch)
    return stateFaults(branch.form, within(state, own), [...path, ...own])
  })
}
