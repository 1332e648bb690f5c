import { checkRunArgument } from '../../lib/check/options.ts'
import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { type Matrix, matrix, transposed } from './matrix.ts'

/** For each column which row has it, by shortest augmenting paths; there are at least as many columns as rows. */
const assign = (costs: Matrix): number[] => {
  const [rows, columns] = [costs.length, (costs[0] as readonly number[]).length]
  // Row and column 0 stand for none.
  const u = new Array<number>(rows + 1).fill(0)
  const v = new Array<number>(columns + 1).fill(0)
  const rowOf = new Array<number>(columns + 1).fill(0)
  for (let row = 1; row <= rows; row++) {
    const least = new Array<number>(columns + 1).fill(Number.POSITIVE_INFINITY)
    const from = new Array<number>(columns + 1).fill(0)
    const done = new Array<boolean>(columns + 1).fill(false)
    let at = 0
    rowOf[0] = row
    do {
      done[at] = true
      const i = rowOf[at] as number
      let [delta, next] = [Number.POSITIVE_INFINITY, 0]
      for (let j = 1; j <= columns; j++) {
        if (done[j]) continue
        const cost = (costs[i - 1]?.[j - 1] as number) - (u[i] as number) - (v[j] as number)
        if (cost < (least[j] as number)) {
          least[j] = cost
          from[j] = at
        }
        if ((least[j] as number) < delta) {
          delta = least[j] as number
          next = j
        }
      }
      for (let j = 0; j <= columns; j++) {
        if (done[j]) {
          u[rowOf[j] as number] = (u[rowOf[j] as number] as number) + delta
          v[j] = (v[j] as number) - delta
        } else least[j] = (least[j] as number) - delta
      }
      at = next
    } while (rowOf[at] !== 0)
    while (at !== 0) {
      const before = from[at] as number
      rowOf[at] = rowOf[before] as number
      at = before
    }
  }
  return rowOf.slice(1).map((row) => row - 1)
}

/**
 * The assignment of rows to columns, one each, of the least total cost: [rows, columns], place by place, in the order of the rows.
 *
 *     argmin Σ costs[rows[k]][columns[k]]
 *
 * Shapes: costs [n, m], row by row; min(n, m) pairs. In O(n²·m). Errors: `bad-argument`.
 * Source: Kuhn 1955, Munkres 1957; optax, `assignment.hungarian_algorithm`.
 */
export const hungarianAlgorithm = (costs: Matrix, ...excess: Excess): readonly [number[], number[]] => {
  noExcess('hungarianAlgorithm', excess)
  checkRunArgument('hungarianAlgorithm: costs', costs, matrix)
  const isWide = costs.length <= (costs[0] as readonly number[]).length
  const found = assign(isWide ? costs : transposed(costs))
  const pairs = found.flatMap((row, column) => (row < 0 ? [] : [isWide ? [row, column] : [column, row]]))
  const sorted = pairs.sort(([a], [b]) => (a as number) - (b as number)) as [number, number][]
  return [sorted.map(([row]) => row), sorted.map(([, column]) => column)]
}
