/** Comparing what transformations make, and saying where it differs. */

import { NdArray } from '../../lib/data/ndArray.ts'
import { pathText } from '../../lib/data/path.ts'
import { isBranch, type Tree, treeEntries } from '../../lib/data/tree.ts'
import { Broken } from './law.ts'

/** Whether two numbers count as the same. */
export type Alike = (a: number, b: number) => boolean

/** The same number, bit for bit; any two NaN are the same. */
export const bitForBit: Alike = Object.is

/** Within a relative distance of each other, or of `scale` where both are smaller; the same specials. */
export const within =
  (tolerance: number, scale = 0): Alike =>
  (a, b) =>
    Object.is(a, b) ||
    a === b ||
    (Number.isFinite(a) &&
      Number.isFinite(b) &&
      Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b), scale))

const numberOf = (leaf: unknown): readonly number[] | undefined => {
  if (typeof leaf === 'number') return [leaf]
  return leaf instanceof NdArray ? [...leaf.data] : undefined
}

const shapeText = (leaf: unknown): string => {
  if (leaf instanceof NdArray) return `shape [${leaf.shape.join(', ')}]`
  return isBranch(leaf) ? `a branch of ${Object.keys(leaf).length}` : String(leaf)
}

/** Throws unless two trees have the same structure, empty branches and all, and the same shapes. Numbers in a state may differ. */
export const sameStructure = (what: string, actual: unknown, expected: unknown, path: string = what): void => {
  if (isBranch(actual) !== isBranch(expected) || Array.isArray(actual) !== Array.isArray(expected)) {
    throw new Broken(`${path}: ${shapeText(actual)} where there was ${shapeText(expected)}`)
  }
  if (isBranch(actual) && isBranch(expected)) {
    const [keys, others] = [Object.keys(actual).sort(), Object.keys(expected).sort()]
    if (keys.join() !== others.join()) throw new Broken(`${path}: keys ${keys} where there were ${others}`)
    const at = (tree: unknown, key: string): unknown => (tree as Readonly<Record<string, unknown>>)[key]
    for (const key of keys) sameStructure(what, at(actual, key), at(expected, key), `${path}.${key}`)
    return
  }
  if (typeof actual === 'number' && typeof expected === 'number') return
  if (shapeText(actual) !== shapeText(expected)) {
    throw new Broken(`${path}: ${shapeText(actual)} where there was ${shapeText(expected)}`)
  }
}

/** Throws unless two trees of arrays and numbers agree, element by element. */
export const sameNumbers = (what: string, actual: unknown, expected: unknown, alike: Alike = bitForBit): void => {
  sameStructure(what, actual, expected)
  const others = new Map(treeEntries(expected as Tree<unknown>).map(([path, leaf]) => [pathText(path), leaf]))
  for (const [path, leaf] of treeEntries(actual as Tree<unknown>)) {
    const [a, b] = [numberOf(leaf), numberOf(others.get(pathText(path)))]
    const wrong = a?.findIndex((x, i) => !alike(x, b?.[i] as number)) ?? -1
    if (wrong >= 0) {
      throw new Broken(`${what} ${pathText(path)}, element ${wrong}: ${a?.[wrong]} is not ${b?.[wrong]}`)
    }
  }
}
