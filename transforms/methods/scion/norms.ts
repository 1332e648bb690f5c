/** The norms in whose unit ball Scion's steps end, and by which leaf. */
import type { Kind } from '../../../lib/check/options.ts'
import { pathText } from '../../../lib/data/path.ts'
import { type Tree, treeEntries, treeMap } from '../../../lib/data/tree.ts'
import { type Fault, raiseAs } from '../../../lib/errors/error.ts'
import { noNormFor, otherNorm, unknownNorm } from '../../../lib/errors/transforms/methods.ts'
import type { MuonLeaf } from '../muon/dimensionNumbers.ts'

const names = ['spectral', 'rows', 'columns', 'sign', 'rms'] as const

/** The name of a norm, as in the table of `scaleByScion`. */
export type ScionNorm = (typeof names)[number]

/** One norm for all leaves, or by leaf. */
export type ScionNorms = ScionNorm | ((leaf: MuonLeaf) => ScionNorm)

const isNorm = (x: unknown): x is ScionNorm => names.includes(x as ScionNorm)

const inWords = names.map((name) => `'${name}'`).join(', ')

export const normsKind: Kind = {
  expected: `one of ${inWords}, or a function of a leaf`,
  test: (x) => typeof x === 'function' || isNorm(x),
}

/** Matrices and kernels by the spectral norm, all else by its root mean square. */
export const byRankOfLeaf = ({ shape }: MuonLeaf): ScionNorm => (shape.length < 2 ? 'rms' : 'spectral')

const faultOf = (leaf: MuonLeaf, norm: unknown): Fault[] => {
  const path = `scaleByScion: ${pathText(leaf.path)}`
  if (!isNorm(norm)) return [unknownNorm(path, inWords, norm)]
  const isFlat = leaf.shape.length < 2 && norm !== 'sign' && norm !== 'rms'
  return isFlat ? [noNormFor(path, norm, leaf.shape)] : []
}

/** The norm of every leaf. Errors: `tree-mismatch` with every leaf whose norm it cannot have. */
export const normsOf =
  (norm: ScionNorms) =>
  (params: Tree<MuonLeaf>): Tree<ScionNorm> => {
    const of = (leaf: MuonLeaf): ScionNorm => (typeof norm === 'function' ? norm(leaf) : norm)
    const faults = treeEntries(params).flatMap(([, leaf]) => faultOf(leaf, of(leaf)))
    raiseAs(otherNorm, faults)
    return treeMap(params, of)
  }
