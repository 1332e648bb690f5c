import { advance, assemble, countDown, i32, v128, when } from '../../../../simd/assembler.ts'
import { loadLanes, storeLanes } from './vectors.ts'

interface Kernel {
  /** Numbers of a row behind the last four. */
  readonly rest: number
  readonly shared: boolean
}

export const ROW_PARAMS = ['y', 'x', 'windows', 'rows', 'fours', 'yWindow', 'xWindow', 'yRow', 'xRow'] as const

/**
 * The bytes of a kernel that adds rows of numbers to others that may overlap. Every window has so many rows, `yRow` and `xRow` bytes apart, and the
 * next one begins `yWindow` and `xWindow` bytes behind it.
 *
 *     y[window·yWindow + row·yRow + n] += x[window·xWindow + row·xRow + n]
 */
export const addedRows = ({ rest, shared }: Kernel): Uint8Array<ArrayBuffer> =>
  assemble(ROW_PARAMS, shared, ({ param, local }) => {
    const [y, x, yLine, xLine] = [local('i32'), local('i32'), local('i32'), local('i32')]
    const [row, four] = [local('i32'), local('i32')]
    const add = (lanes: number) => [
      storeLanes(lanes)(y.get, v128.addF32(loadLanes(lanes)(y.get), loadLanes(lanes)(x.get))),
      ...[y, x].map((local) => advance(local, i32.const(4 * lanes))),
    ]
    return [
      countDown(
        param('windows'),
        yLine.set(param('y').get),
        xLine.set(param('x').get),
        row.set(param('rows').get),
        countDown(
          row,
          y.set(yLine.get),
          x.set(xLine.get),
          four.set(param('fours').get),
          when(four.get, countDown(four, ...add(4))),
          ...(rest > 0 ? add(rest) : []),
          advance(yLine, param('yRow').get),
          advance(xLine, param('xRow').get),
        ),
        advance(param('y'), param('yWindow').get),
        advance(param('x'), param('xWindow').get),
      ),
    ]
  })
