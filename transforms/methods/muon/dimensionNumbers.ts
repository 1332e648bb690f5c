/** Which axes of a leaf are the rows and the columns of its matrices. */
import type { Kind } from '../../../lib/check/options.ts'
import { isRecord } from '../../../lib/data/branch.ts'
import { type Path, pathText } from '../../../lib/data/path.ts'
import type { Fault } from '../../../lib/errors/error.ts'
import { noDimensionNumbers, noMatrix, notDimensionNumbers, otherAxes } from '../../../lib/errors/transforms/methods.ts'

/** The axes that a product sums over, and those of its result; all others are batch axes, each entry of which is a matrix of its own. */
export interface MuonDimensionNumbers {
  readonly reductionAxis?: number | readonly number[]
  readonly outputAxis?: number | readonly number[]
}

/** What is known of a leaf before any step. */
export interface MuonLeaf {
  readonly path: Path
  readonly shape: readonly number[]
}

/** The numbers of a leaf; nothing for one that is no business of Muon's. */
export type DimensionNumbersOf = (leaf: MuonLeaf) => MuonDimensionNumbers | undefined

export const dimensionNumbersKind: Kind = {
  expected: 'a function of a leaf, or { reductionAxis, outputAxis }',
  test: (x) => typeof x === 'function' || isRecord(x),
}

/** Axes counted from the first, in groups. */
export interface Axes {
  readonly batch: readonly number[]
  readonly reduction: readonly number[]
  readonly output: readonly number[]
}

const counted = (axis: number | readonly number[], rank: number): number[] =>
  [axis].flat().map((each) => (each < 0 ? each + rank : each) as number)

/** The axes of a leaf by its numbers: rows and columns where nothing is said. */
export const axesOf = (
  { shape }: Pick<MuonLeaf, 'shape'>,
  { reductionAxis = 0, outputAxis = 1 }: MuonDimensionNumbers,
): Axes => {
  const [reduction, output] = [counted(reductionAxis, shape.length), counted(outputAxis, shape.length)]
  const batch = shape.map((_, axis) => axis).filter((axis) => !reduction.includes(axis) && !output.includes(axis))
  return { batch, reduction, output }
}

/** How many entries some axes have. */
export const extentOf = (shape: readonly number[], axes: readonly number[]): number =>
  axes.reduce((product, axis) => product * (shape[axis] as number), 1)

/** What is wrong with the numbers of a leaf. */
export const axesFaults = (where: string, leaf: MuonLeaf, numbers: MuonDimensionNumbers | undefined): Fault[] => {
  const path = `${where}: ${pathText(leaf.path)}`
  if (numbers === undefined) return [noDimensionNumbers(path)]
  if (!isRecord(numbers)) return [notDimensionNumbers(path, numbers)]
  if (leaf.shape.length < 2) return [noMatrix(path, leaf.shape)]
  const { reduction, output } = axesOf(leaf, numbers)
  const all = [...reduction, ...output]
  const isSound = all.every((axis) => axis in leaf.shape) && new Set(all).size === all.length
  return isSound ? [] : [otherAxes(path, all, leaf.shape)]
}
