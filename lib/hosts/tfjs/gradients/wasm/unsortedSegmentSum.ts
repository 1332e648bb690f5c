import type { TensorInfo } from '@tensorflow/tfjs-core'
import { noSegmentsOf } from '../../../../errors/tfjs.ts'
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
  whileTrue,
} from '../../../../simd/assembler.ts'
import { addressOf, instantiate, sizeOf, type WasmBackend, zeros } from './backend.ts'

/**
 * Adds up the rows of each segment, the gradient of `gather`: tfjs's kernel `UnsortedSegmentSum` for its wasm backend.
 *
 *     out[s, …] = Σ { x[n, …] : segmentIds[n] = s }
 *
 * Shapes: x [rows, …], segmentIds [rows], result [numSegments, …]; x is float32 or int32. Rows whose segment is not in
 * 0 … numSegments − 1 are left out.
 */
export const unsortedSegmentSum = (
  backend: WasmBackend,
  { x, segmentIds }: { readonly x: TensorInfo; readonly segmentIds: TensorInfo },
  { numSegments }: { readonly numSegments: number },
): TensorInfo => {
  const { dtype } = x
  if (dtype !== 'float32' && dtype !== 'int32') throw noSegmentsOf(dtype)
  const inner = x.shape.slice(segmentIds.shape.length)
  const out = zeros(backend, [numSegments, ...inner], dtype)
  const [rows, width] = [sizeOf(segmentIds.shape), sizeOf(inner)]
  if (rows === 0 || width === 0) return out
  const bytes = (target: Target) => rowsKernel({ ...target, dtype })
  const run = instantiate(backend, { key: `segments ${dtype}`, bytes })
  run(addressOf(backend, x), addressOf(backend, segmentIds), addressOf(backend, out), rows, numSegments, width)
  return out
}

interface Target {
  readonly simd: boolean
  readonly shared: boolean
}

/** For each row: unless its segment is outside, add it to the segment, four elements at a time, then one at a time. */
export const rowsKernel = ({ simd, shared, dtype }: Target & { readonly dtype: 'float32' | 'int32' }) =>
  assemble(['x', 'ids', 'out', 'rows', 'segments', 'width'], shared, ({ param, local }) => {
    const [id, left, sum] = [local('i32'), local('i32'), local('i32')]
    const [x, rows, width] = [param('x'), param('rows'), param('width')]
    const add = dtype === 'float32' ? { four: v128.addF32, one: f32 } : { four: v128.addI32, one: i32 }
    const addWhile = (lanes: number, value: Code): Code =>
      whileTrue(
        i32.geS(left.get, i32.const(lanes)),
        value,
        ...[x, sum].map((local) => advance(local, i32.const(4 * lanes))),
        advance(left, i32.const(-lanes)),
      )
    const four = v128.store(sum.get, add.four(v128.load(sum.get), v128.load(x.get)))
    const one = add.one.store(sum.get, add.one.add(add.one.load(sum.get), add.one.load(x.get)))
    return countDown(
      rows,
      id.set(i32.load(param('ids').get)),
      advance(param('ids'), i32.const(4)),
      when(
        i32.ltU(id.get, param('segments').get),
        sum.set(i32.add(param('out').get, i32.mul(i32.mul(id.get, width.get), i32.const(4)))),
        left.set(width.get),
        simd ? addWhile(4, four) : [],
        addWhile(1, one),
      ),
      // A row that is left out has not been walked over.
      skip(x, id, param('segments'), width),
    )
  })

const skip = (x: Local, id: Local, segments: Local, width: Local): Code =>
  when(i32.geU(id.get, segments.get), advance(x, i32.mul(width.get, i32.const(4))))
