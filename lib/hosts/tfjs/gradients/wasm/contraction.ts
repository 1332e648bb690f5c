import {
  advance,
  assemble,
  type Code,
  countDown,
  f32,
  i32,
  type Local,
  v128,
  whileTrue,
} from '../../../../simd/assembler.ts'
import { loadLanes, storeLanes } from './vectors.ts'

/**
 * How a row of `a` meets `b`:
 * `outer`, one number of `a` times the whole strip of `b` (rows of `a` lie four bytes apart);
 * `apart`, the same (rows of `a` lie `aStep` bytes apart);
 * `lanes`, element by element (rows of `a` lie `aStep` bytes apart).
 */
export type Pairing = 'outer' | 'apart' | 'lanes'

export interface ContractionShape {
  readonly pairing: Pairing
  /** Columns of the strip: with SIMD 8, 4, 3, 2 or 1, without 2 or 1. */
  readonly width: number
  readonly simd: boolean
  readonly shared: boolean
}

export const CONTRACTION_PARAMS = [
  ...['a', 'b', 'c', 'm', 'rows', 'columns'],
  ...['aRow', 'aColumn', 'bRow', 'bColumn', 'aStep', 'cStep'],
] as const

/** The widths that a strip may have, widest first; taken greedily they cover every number of columns. */
export const stripWidths = (simd: boolean): readonly number[] => (simd ? [8, 4, 3, 2, 1] : [2, 1])

/**
 * The bytes of a kernel that adds up products over a grid of positions, for one strip of `width` columns:
 *
 *     outer:  c[i, j] += Σ_r Σ_k a[r·aRow + k·aColumn + 4·i] · b[r·bRow + k·bColumn + 4·j]
 *     apart:  c[i, j] += Σ_r Σ_k a[r·aRow + k·aColumn + i·aStep] · b[r·bRow + k·bColumn + 4·j]
 *     lanes:  c[i, j] += Σ_r Σ_k a[r·aRow + k·aColumn + i·aStep + 4·j] · b[r·bRow + k·bColumn + 4·j]
 *
 * for i < m, j < width, r < rows, k < columns (the last two at least 1). All strides are in bytes; c[i, j] lies at
 * `c + i·cStep + 4·j`. Sums stay in registers, four rows of `c` at a time, so `c` is read and written once a call.
 * Nothing is read or written outside the elements named.
 */
export const contraction = ({ pairing, width, simd, shared }: ContractionShape): Uint8Array<ArrayBuffer> =>
  assemble(CONTRACTION_PARAMS, shared, ({ param, local }) => {
    const parts = stripParts(width, simd)
    const type = simd ? 'v128' : 'f32'
    const cursor: Cursor = {
      r: local('i32'),
      k: local('i32'),
      aLine: local('i32'),
      bLine: local('i32'),
      b: local('i32'),
      a: [0, 1, 2, 3].map(() => local('i32')),
      strip: parts.map(() => local(type)),
      spread: local(type),
      sums: [0, 1, 2, 3].map(() => parts.map(() => local(type))),
    }
    const tile = (height: number): Code =>
      whileTrue(
        i32.geS(param('m').get, i32.const(height)),
        sumTile(height, { pairing, parts, param, cursor }),
        advance(param('a'), i32.mul(param('aStep').get, i32.const(height))),
        advance(param('c'), i32.mul(param('cStep').get, i32.const(height))),
        advance(param('m'), i32.const(-height)),
      )
    return [4, 3, 2, 1].flatMap(tile)
  })

/** A register's worth of a strip: how to read it, write it, and multiply and add in it. */
interface Part {
  readonly offset: number
  readonly load: (address: Code, offset?: number) => Code
  readonly store: (address: Code, value: Code, offset?: number) => Code
  readonly spread: (address: Code, offset?: number) => Code
  readonly add: (a: Code, b: Code) => Code
  readonly mul: (a: Code, b: Code) => Code
}

interface Cursor {
  readonly r: Local
  readonly k: Local
  readonly aLine: Local
  readonly bLine: Local
  readonly b: Local
  readonly a: readonly Local[]
  readonly strip: readonly Local[]
  readonly spread: Local
  readonly sums: readonly (readonly Local[])[]
}

interface Tile {
  readonly pairing: Pairing
  readonly parts: readonly Part[]
  readonly param: (name: (typeof CONTRACTION_PARAMS)[number]) => Local
  readonly cursor: Cursor
}

const sumTile = (height: number, { pairing, parts, param, cursor }: Tile): Code => {
  const { r, k, aLine, bLine, b, strip, spread } = cursor
  const sums = cursor.sums.slice(0, height)
  // An outer product reads its rows of `a` at fixed offsets from one pointer; others need a pointer a row.
  const rows = pairing === 'outer' ? cursor.a.slice(0, 1) : cursor.a.slice(0, height)
  const everySum = (code: (sum: Local, row: number, part: Part) => Code): Code =>
    sums.flatMap((row, i) => row.flatMap((sum, j) => code(sum, i, parts[j]!)))
  const accumulate = (row: number): Code => [
    ...(pairing === 'outer' ? spread.set(parts[0]!.spread(cursor.a[0]!.get, 4 * row)) : []),
    ...(pairing === 'apart' ? spread.set(parts[0]!.spread(cursor.a[row]!.get)) : []),
    ...sums[row]!.flatMap((sum, j) => {
      const part = parts[j]!
      const factor = pairing === 'lanes' ? part.load(cursor.a[row]!.get, part.offset) : spread.get
      return sum.set(part.add(sum.get, part.mul(factor, strip[j]!.get)))
    }),
  ]
  const cRow = (row: number): Code => i32.add(param('c').get, i32.mul(param('cStep').get, i32.const(row)))
  const aRow = (row: number): Code => i32.add(aLine.get, i32.mul(param('aStep').get, i32.const(row)))
  return [
    ...everySum((sum, i, part) => sum.set(part.load(cRow(i), part.offset))),
    ...aLine.set(param('a').get),
    ...bLine.set(param('b').get),
    ...r.set(param('rows').get),
    ...countDown(
      r,
      rows.flatMap((row, i) => row.set(aRow(i))),
      b.set(bLine.get),
      k.set(param('columns').get),
      countDown(
        k,
        strip.flatMap((register, j) => register.set(parts[j]!.load(b.get, parts[j]!.offset))),
        sums.flatMap((_, row) => accumulate(row)),
        rows.flatMap((row) => advance(row, param('aColumn').get)),
        advance(b, param('bColumn').get),
      ),
      advance(aLine, param('aRow').get),
      advance(bLine, param('bRow').get),
    ),
    ...everySum((sum, i, part) => part.store(cRow(i), sum.get, part.offset)),
  ]
}

const stripParts = (width: number, simd: boolean): readonly Part[] => {
  if (!simd) return Array.from({ length: width }, (_, j) => scalarPart(4 * j))
  const whole = Array.from({ length: Math.floor(width / 4) }, (_, j) => vectorPart(16 * j, 4))
  return width % 4 === 0 ? whole : [...whole, vectorPart(16 * whole.length, width % 4)]
}

const scalarPart = (offset: number): Part => ({
  offset,
  load: f32.load,
  store: f32.store,
  spread: f32.load,
  add: f32.add,
  mul: f32.mul,
})

const vectorPart = (offset: number, lanes: number): Part => ({
  offset,
  load: loadLanes(lanes),
  store: storeLanes(lanes),
  spread: v128.splat,
  add: v128.addF32,
  mul: v128.mulF32,
})
