import { advance, assemble, type Code, i32, type Local as L, v128, whileTrue } from '../../../../simd/assembler.ts'
import { loadLanes } from './vectors.ts'

export const DOTS_PARAMS = ['a', 'b', 'c', 'm', 'n', 'k'] as const

/**
 * The bytes of a kernel that multiplies the rows of two matrices, each as it lies in memory, where the rows have so many elements more than a
 * multiple of four:
 *
 *     c[i, j] = Σ_l a[i, l] · b[j, l],      i < m, j < n, l < k
 *
 * Four rows of `a` and two of `b` at a time, whose eight sums stay in registers, a sum in each lane until the row's end.
 */
export const dots = ({ rest, shared }: { readonly rest: number; readonly shared: boolean }): Uint8Array<ArrayBuffer> =>
  assemble(DOTS_PARAMS, shared, ({ param, local }) => {
    const [a, c, m, n] = [param('a'), param('c'), param('m'), param('n')]
    const [step, cStep, bRow, cell, left, l] = [0, 1, 2, 3, 4, 5].map(() => local('i32')) as [L, L, L, L, L, L]
    const aAt = [0, 1, 2, 3].map(() => local('i32'))
    const bAt = [0, 1].map(() => local('i32'))
    const sums = [0, 1, 2, 3].map(() => [0, 1].map(() => local('v128')))
    const columns = [0, 1].map(() => local('v128'))
    const row = local('v128')
    const nth = (start: L, by: L, count: number): Code => i32.add(start.get, i32.mul(by.get, i32.const(count)))
    const tile = (height: number, width: number): Code => {
      const [rows, strips, taken] = [aAt.slice(0, height), bAt.slice(0, width), sums.slice(0, height)]
      const everySum = (f: (sum: L, i: number, j: number) => Code): Code =>
        taken.flatMap((line, i) => line.slice(0, width).flatMap((sum, j) => f(sum, i, j)))
      const addUp = (lanes: number): Code => [
        ...strips.map((at, j) => columns[j]!.set(loadLanes(lanes)(at.get))),
        ...rows.flatMap((at, i) => [
          row.set(loadLanes(lanes)(at.get)),
          ...strips.map((_, j) => {
            const sum = taken[i]![j]!
            return sum.set(v128.addF32(sum.get, v128.mulF32(row.get, columns[j]!.get)))
          }),
        ]),
      ]
      const pairs = (sum: L): Code => v128.addF32(sum.get, v128.lanes(sum.get, sum.get, [2, 3, 0, 1]))
      const total = (sum: L): Code => v128.addF32(sum.get, v128.lanes(sum.get, sum.get, [1, 0, 3, 2]))
      return [
        ...rows.map((at, i) => at.set(nth(a, step, i))),
        ...strips.map((at, j) => at.set(nth(bRow, step, j))),
        everySum((sum) => sum.set(v128.zero)),
        l.set(param('k').get),
        whileTrue(
          i32.geS(l.get, i32.const(4)),
          addUp(4),
          ...[...rows, ...strips].map((at) => advance(at, i32.const(16))),
          advance(l, i32.const(-4)),
        ),
        rest > 0 ? addUp(rest) : [],
        everySum((sum) => sum.set(pairs(sum))),
        everySum((sum, i, j) => v128.storeOne(nth(cell, cStep, i), total(sum), 0, 4 * j)),
        advance(bRow, i32.mul(step.get, i32.const(width))),
        advance(cell, i32.const(4 * width)),
        advance(left, i32.const(-width)),
      ]
    }
    const line = (height: number): Code =>
      whileTrue(
        i32.geS(m.get, i32.const(height)),
        bRow.set(param('b').get),
        cell.set(c.get),
        left.set(n.get),
        ...[2, 1].map((width) => whileTrue(i32.geS(left.get, i32.const(width)), tile(height, width))),
        advance(a, i32.mul(step.get, i32.const(height))),
        advance(c, i32.mul(cStep.get, i32.const(height))),
        advance(m, i32.const(-height)),
      )
    return [
      step.set(i32.mul(param('k').get, i32.const(4))),
      cStep.set(i32.mul(n.get, i32.const(4))),
      ...[4, 2, 1].map(line),
    ]
  })
