/** The norms in whose unit ball Scion's steps end, and by which leaf. */
import type { Kind } from '../../../lib/check/options.ts'
import { pathText } from '../../../lib/data/path.ts'
import { type Tree, treeEntries, treeMap } from '../../../lib/data/tree.ts'
import { describe, type Fault, raise } from '../../../lib/errors/error.ts'
import type { MuonLeaf } from '../muon/dimensionNumbers.ts'

const names = ['spectral', 'rows', 'columns', 'sign', 'rms'] as const

/** The name of a norm, as in the table of `scaleByScion`. */
export type ScionNorm = (typeof names)[number]

/** One norm for all leaves, or by leaf. */
export type ScionNorms = ScionNorm | ((leaf: MuonLeaf) => ScionNorm)

const isNorm = (x: unknown): x is ScionNorm => names.includes(x as ScionNorm)

const expected = names.map((name) => `'${name}'`).join(', ')

export const normsKind: Kind = {
  expected: `one of ${expected}, or a function of a leaf`,
  test: (x) => typeof x === 'function' || isNorm(x),
}

/** Matrices and kernels by the spectral norm, all else by its root mean square. */
export const byRankOfLeaf = ({ shape }: MuonLeaf): ScionNorm => (shape.length < 2 ? 'rms' : 'spectral')

const faultOf = (leaf: MuonLeaf, norm: unknown): Fault[] => {
  const path = `scaleByScion: ${pathText(leaf.path)}`
  if (!isNorm(norm)) return [{ path, expected: `one of ${expected}`, got: describe(norm) }]
  const isFlat = leaf.shape.length < 2 && norm !== 'sign' && norm !== 'rms'
  const got = `shape [${leaf.shape.join(', ')}]`
  return isFlat ? [{ path, expected: `a leaf of rank 2 or more for the norm '${norm}'`, got }] : []
}

/** The norm of every leaf. Errors: `tree-mismatch` with every leaf whose norm it cannot have. */
export const normsOf =
  (norm: ScionNorms) =>
  (params: Tree<MuonLeaf>): Tree<ScionNorm> => {
    const of = (leaf: MuonLeaf): ScionNorm => (typeof norm === 'function' ? norm(leaf) : norm)
    const faults = treeEntries(params).flatMap(([, leaf]) => faultOf(leaf, of(leaf)))
    raise('tree-mismatch', faults, 'Give the leaf another norm.')
    return treeMap(params, of)
  }
