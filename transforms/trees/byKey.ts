/** What stands in a state or another tree under a key, wherever it is. Pure data: no array is touched. */
import { callable, checkRunArgument, type Kind } from '../../lib/check/options.ts'
import { isBranch, isRecord } from '../../lib/data/branch.ts'
import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { type Path, pathText } from '../../lib/data/path.ts'
import { deepestState, raiseForm } from '../../lib/data/treeForm.ts'
import { raiseAs } from '../../lib/errors/error.ts'
import { badKeys, noSuchKey, severalPlaces } from '../../lib/errors/transforms/trees.ts'

/** Which of the places that have the key are meant; the path as text, `[0].count`. */
export type PlaceTest = (path: string, value: unknown) => boolean

const aKey: Kind = { expected: 'a key: a string', test: (x) => typeof x === 'string' }
const aRecord: Kind = { expected: 'a record of values by key', test: isRecord }
const always: PlaceTest = () => true

const checkSearch = (where: string, tree: unknown, test: PlaceTest): void => {
  checkRunArgument(`${where}: test`, test, callable)
  raiseForm(tree, `${where}: tree`, deepestState)
}

const places = (tree: unknown, key: string, test: PlaceTest, path: Path = []): [string, unknown][] => {
  if (!isBranch(tree)) return []
  const steps: [string | number, unknown][] = Array.isArray(tree) ? [...tree.entries()] : Object.entries(tree)
  return steps.flatMap(([step, value]) => {
    const at = [...path, step]
    const here = step === key && test(pathText(at), value)
    return [...(here ? [[pathText(at), value] as [string, unknown]] : []), ...places(value, key, test, at)]
  })
}

/**
 * All places of a record key, each as [path, value], from the root on. Values are the tree's own.
 *
 * Errors: `tree-mismatch` for a tree without end, `bad-argument` for a key that is no string. Source: optax, `tree.get_all_with_path`.
 *
 * @example treeGetAllWithPath(adam(1e-3).init(params), 'count') // [['[0].count', 0]]
 */
export const treeGetAllWithPath = (
  tree: unknown,
  key: string,
  test: PlaceTest = always,
  ...excess: Excess
): readonly (readonly [path: string, value: unknown])[] => {
  noExcess('treeGetAllWithPath', excess)
  checkRunArgument('treeGetAllWithPath: key', key, aKey)
  checkSearch('treeGetAllWithPath', tree, test)
  return places(tree, key, test)
}

/**
 * What stands under a record key; undefined where nothing does.
 *
 * Errors: `bad-argument` where the key stands at several places, which are named: choose by `test`. Source: optax, `tree.get`.
 */
export const treeGet = (tree: unknown, key: string, test: PlaceTest = always, ...excess: Excess): unknown => {
  noExcess('treeGet', excess)
  checkRunArgument('treeGet: key', key, aKey)
  checkSearch('treeGet', tree, test)
  const found = places(tree, key, test)
  if (found.length > 1) throw severalPlaces(found.map(([path]) => path))
  return found[0]?.[1]
}

/**
 * The tree with other values under record keys, at every place that the test takes; the rest is the tree's own.
 *
 * Errors: `bad-argument` for a key that stands nowhere. Source: optax, `tree.set`.
 *
 * @example treeSet(state, { count: 100 })
 */
export const treeSet = <T>(
  tree: T,
  values: Readonly<Record<string, unknown>>,
  test: PlaceTest = always,
  ...excess: Excess
): T => {
  noExcess('treeSet', excess)
  checkRunArgument('treeSet: values', values, aRecord)
  checkSearch('treeSet', tree, test)
  const lacking = Object.keys(values).filter((key) => places(tree, key, test).length === 0)
  raiseAs(badKeys, lacking.map(noSuchKey))
  const set = (x: unknown, path: Path): unknown => {
    if (!isBranch(x)) return x
    if (Array.isArray(x)) return x.map((child, i) => set(child, [...path, i]))
    const entries = Object.entries(x).map(([key, child]) => {
      const at = [...path, key]
      const mine = Object.hasOwn(values, key) && test(pathText(at), child)
      return [key, mine ? values[key] : set(child, at)]
    })
    return Object.fromEntries(entries)
  }
  return set(tree, []) as T
}
