/** Whether a value can be walked as a tree: of a finite depth, and with something at every place. */

import { type Fault, raiseAs } from '../errors/error.ts'
import { aCycle, aHole, badForm, longPath, tooDeep } from '../errors/trees.ts'
import { holeIn, isBranch } from './branch.ts'
import { type Path, pathText } from './path.ts'

/** How many levels a tree may have. More than that is a mistake, and would end in a stack overflow somewhere. */
export const deepest = 500

/** How many a state, a train state or a list of these may have, in which such trees stand. */
export const deepestState = 600

/** A path as text; of one that is too long to be read, its start. */
const shortText = (path: Path, name: string): string =>
  path.length > 40 ? longPath(pathText(path.slice(0, 12), name), path.length) : pathText(path, name)

/** Why a value is no tree: cycles, arrays with holes, too many levels. `at` is the way to its root, `name` what an empty way is called. */
export const formFaults = (tree: unknown, at: Path, name?: string, most = deepest): Fault[] => {
  const faults: Fault[] = []
  const above = new Set<unknown>()
  const done = new Set<unknown>()
  const faultAt = (x: unknown, path: Path): Fault | undefined => {
    const text = (way: Path): string => shortText(way, name ?? '(root)')
    if (above.has(x)) return aCycle(text(path))
    if (path.length - at.length > most) return tooDeep(text(path), most)
    const hole = Array.isArray(x) ? holeIn(x) : -1
    if (hole >= 0) return aHole(text([...path, hole]))
    return undefined
  }
  const walk = (x: object, path: Path): void => {
    const fault = faultAt(x, path)
    if (fault) faults.push(fault)
    if (fault || done.has(x)) return
    above.add(x)
    done.add(x)
    if (Array.isArray(x)) {
      for (let i = 0; i < x.length; i++) if (isBranch(x[i])) walk(x[i], [...path, i])
    } else for (const [key, child] of Object.entries(x)) if (isBranch(child)) walk(child, [...path, key])
    above.delete(x)
  }
  if (isBranch(tree)) walk(tree, at)
  return faults
}

/** Raises what is wrong with a value as a tree, where that is anything. Errors: `tree-mismatch`. */
export const raiseForm = (tree: unknown, name?: string, most = deepest): void =>
  raiseAs(badForm, formFaults(tree, name === undefined ? [] : [name], undefined, most))
