/** Matrices in leaves of any rank, orthogonalised. */

import { raiseFindings, treeFindings } from '../../../lib/check/check.ts'
import { type Tree, treeEntries, treeMap } from '../../../lib/data/tree.ts'
import { sayAxesOrPart } from '../../../lib/errors/transforms/methods.ts'
import type { ArrayOps } from '../../../lib/hosts/arrayOps.ts'
import type { Shaped } from '../../../lib/hosts/engine.ts'
import { arrayStage } from '../../../lib/stage/arrayStage.ts'
import { axesFaults, axesOf, type DimensionNumbersOf, extentOf, type MuonDimensionNumbers } from './dimensionNumbers.ts'
import { type NewtonSchulz, newtonSchulz } from './newtonSchulz.ts'

export interface OrthogonalStage {
  /** Who tells of leaves that are no matrices. */
  readonly where: string
  readonly name: string
  readonly how: NewtonSchulz
  /** Of leaves of rank 3 and more. */
  readonly numbersOf: DimensionNumbersOf
  readonly adaptive?: boolean
  readonly onNumbers?: string | undefined
}

/** A leaf of rank 2 is one matrix. */
const matrixAxes: MuonDimensionNumbers = { reductionAxis: 0, outputAxis: 1 }

/** Every matrix in a leaf orthogonalised: batch axes in front, then rows and columns, and back. */
const orthogonalLeaf = <A extends Shaped>(
  ops: ArrayOps<A>,
  x: A,
  numbers: MuonDimensionNumbers,
  how: NewtonSchulz,
): A => {
  if (x.shape.length === 2) return newtonSchulz(ops, x, how)
  const { batch, reduction, output } = axesOf(x, numbers)
  const order = [...batch, ...reduction, ...output]
  const [count, rows, columns] = [batch, reduction, output].map((axes) => extentOf(x.shape, axes)) as [
    number,
    number,
    number,
  ]
  if (count * rows * columns === 0) return ops.mul(x, 1)
  const all = ops.reshape(ops.transpose(x, order), [count * rows, columns])
  const made = Array.from({ length: count }, (_, i) =>
    newtonSchulz(ops, ops.slice(all, [i * rows, 0], [rows, columns]), how),
  )
  const joined = count === 1 ? (made[0] as A) : ops.concat(made, 0)
  const shape = order.map((axis) => x.shape[axis] as number)
  return ops.transpose(
    ops.reshape(joined, shape),
    order.map((_, axis) => order.indexOf(axis)),
  )
}

/** The stage: u = Newton–Schulz of every matrix, with `adaptive` times Σ g·u over the leaf. Errors: `tree-mismatch`. */
export const orthogonalStage = ({ where, name, how, numbersOf, adaptive = false, onNumbers }: OrthogonalStage) => {
  const findings = (tree: Tree<Shaped>) => {
    const faults = treeEntries(tree).flatMap(([path, { shape }]) =>
      axesFaults(where, { path, shape }, shape.length === 2 ? matrixAxes : numbersOf({ path, shape })),
    )
    return treeFindings(faults, sayAxesOrPart)
  }
  return arrayStage<Readonly<Record<string, never>>>({
    name,
    init: (_, params) => {
      raiseFindings(findings(params))
      return {}
    },
    update: (ops, updates, state) => {
      const paths = treeEntries(updates).map(([path]) => path)
      let next = 0
      const made = treeMap(updates, (m) => {
        const path = paths[next++] as (typeof paths)[number]
        const x = orthogonalLeaf(ops, m, numbersOf({ path, shape: m.shape }) ?? {}, how)
        return adaptive ? ops.mul(x, ops.sum(ops.mul(m, x), [...m.shape.keys()])) : x
      })
      return [made, state]
    },
    reads: [],
    onNumbers,
    check: ({ updates }) => (updates === undefined ? [] : findings(updates)),
  })
}
