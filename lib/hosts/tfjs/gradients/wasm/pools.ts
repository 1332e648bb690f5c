import {
  advance,
  assemble,
  type Code,
  countDown,
  f32,
  i32,
  type Local,
  v128,
  when,
} from '../../../../simd/assembler.ts'
import { loadLanes, storeLanes } from './vectors.ts'

/** How a pooling takes its windows together. */
export type Pooling = 'max' | 'mean'

interface Kernel {
  readonly pooling: Pooling
  /** Channels behind the last four. */
  readonly rest: number
  /** Windows have many places: it is quicker then to give each channel's dy to the one that won it than to all, zeros to the others. */
  readonly many: boolean
  readonly shared: boolean
}

export const POOL_PARAMS = [
  ...['x', 'dy', 'dx', 'windows', 'step', 'rows', 'columns', 'rowStep', 'columnStep', 'fours'],
] as const

/**
 * The bytes of a kernel that gives dy back to windows that lie side by side, `step` bytes apart, of so many rows and columns, four channels at a
 * time. In a window elements lie `columnStep` bytes apart, rows `rowStep`.
 *
 *     max:   dx[place] += dy,  place the first of the largest elements of x in the window; the first of all where that is NaN
 *     mean:  dx[every place of the window] += dy / (rows · columns)
 */
export const poolKernel = ({ pooling, rest, many, shared }: Kernel): Uint8Array<ArrayBuffer> =>
  assemble(POOL_PARAMS, shared, ({ param, local }) => {
    const [x, dx, at, line] = [local('i32'), local('i32'), local('i32'), local('i32')]
    const [row, column, four] = [local('i32'), local('i32'), local('i32')]
    const [given, most, place, value] = [local('v128'), local('v128'), local('v128'), local('v128')]
    const everyPlace = (start: Local, ...body: readonly Code[]): Code => [
      line.set(start.get),
      row.set(param('rows').get),
      countDown(
        row,
        at.set(line.get),
        column.set(param('columns').get),
        countDown(column, ...body, advance(at, param('columnStep').get)),
        advance(line, param('rowStep').get),
      ),
    ]
    const giveToAll = (lanes: number, dy: Code): Code =>
      everyPlace(dx, storeLanes(lanes)(at.get, v128.addF32(loadLanes(lanes)(at.get), dy)))
    const inDx = (address: Code): Code => i32.add(address, i32.sub(dx.get, x.get))
    const won = v128.eqI32(place.get, v128.splatI32(i32.sub(at.get, i32.sub(dx.get, x.get))))
    const giveToWinner = (lane: number): Code => [
      at.set(inDx(v128.laneI32(place.get, lane))),
      f32.store(at.get, f32.add(f32.load(at.get, 4 * lane), v128.laneF32(given.get, lane)), 4 * lane),
    ]
    const largest = (lanes: number): Code => [
      most.set(loadLanes(lanes)(x.get)),
      place.set(v128.splatI32(x.get)),
      everyPlace(
        x,
        value.set(loadLanes(lanes)(at.get)),
        place.set(v128.select(v128.splatI32(at.get), place.get, v128.gtF32(value.get, most.get))),
        most.set(v128.largerF32(most.get, value.get)),
      ),
      many
        ? Array.from({ length: lanes }, (_, lane) => giveToWinner(lane))
        : giveToAll(lanes, v128.and(given.get, won)),
    ]
    const count = f32.ofI32(i32.mul(param('rows').get, param('columns').get))
    const mean = (lanes: number): Code => [
      given.set(v128.divF32(given.get, v128.splatF32(count))),
      giveToAll(lanes, given.get),
    ]
    const channels = (lanes: number): Code => [
      given.set(loadLanes(lanes)(param('dy').get)),
      pooling === 'max' ? largest(lanes) : mean(lanes),
      ...[x, dx, param('dy')].map((local) => advance(local, i32.const(4 * lanes))),
    ]
    return [
      countDown(
        param('windows'),
        x.set(param('x').get),
        dx.set(param('dx').get),
        four.set(param('fours').get),
        when(four.get, countDown(four, channels(4))),
        rest > 0 ? channels(rest) : [],
        ...[param('x'), param('dx')].map((local) => advance(local, param('step').get)),
      ),
    ]
  })
