/** Writes dispatches where tfjs writes its own, each with its block of numbers. */
import type { Dispatch } from './bound.ts'
import type { Source, Workshop } from './call.ts'
import type { Course } from './course.ts'
import type { Device } from './device.ts'
import { blockLayout, LANES } from './kernel.ts'
import type { Told } from './scalars.ts'
import { type Extent, groupsFor, type Piece } from './shape.ts'
import type { Sums } from './sums.ts'
import type { Telling } from './telling.ts'

/** What the blocks of a call are filled by. */
export interface Filling {
  readonly course: Course
  readonly telling: Telling
  readonly sums: Sums
}

/** Blocks of numbers on the device: for each piece which one, where it is not one a piece. */
interface Blocks {
  readonly buffer: GPUBuffer
  readonly start: number
  readonly stride: number
  readonly blocks: Int32Array | undefined
}

/** WebGPU's numbers are in the order of all machines that have it. */
const LITTLE_ENDIAN = true

const nowhere: readonly number[] = []

/** Writes them one after another; the first buffers of all must be there. Answers how many they are. */
export const dispatchAll = ({ tfjs, device }: Workshop, filling: Filling, dispatches: readonly Dispatch[]): number => {
  if (dispatches.length === 0) return 0
  const { firstPieces } = filling.course
  const { buffer, start, stride, blocks } = blocksOf(device, filling, dispatches)
  const pass = tfjs.computePass()
  let [block, size] = [-1, 0]
  let numbers: GPUBindGroup | undefined
  let last: GPUComputePipeline | undefined
  for (let i = 0; i < dispatches.length; i++) {
    const { pipeline, group, workgroups, rows, leaf, piece, apart, words } = dispatches[i] as Dispatch
    const at = apart ? i : (firstPieces[leaf] as number) + piece
    const now = blocks ? (blocks[at] as number) : at
    if (pipeline !== last) {
      pass.setPipeline(pipeline)
      last = pipeline
    }
    if (now !== block || words !== size) {
      if (words !== size) numbers = device.bindNumbers(buffer, 4 * words)
      pass.setBindGroup(1, numbers, [start + stride * now])
      block = now
      size = words
    }
    pass.setBindGroup(0, group)
    pass.dispatchWorkgroups(workgroups, rows)
  }
  return dispatches.length
}

/** The numbers of the call, on the device: where leaves are told alike, a block for all pieces of a size, else one a piece. */
const blocksOf = (device: Device, filling: Filling, dispatches: readonly Dispatch[]): Blocks => {
  const { course, telling, sums } = filling
  const { shared, extents, order, firstPieces } = course
  let words = 0
  for (const each of dispatches) words = Math.max(words, each.words)
  const stride = Math.ceil((4 * words) / device.alignment) * device.alignment
  if (dispatches[0]?.apart) return { ...bunchBlocks(device, filling, dispatches, stride), stride, blocks: undefined }
  const pieces = (firstPieces.at(-1) as number) + (extents.at(-1) as Extent).pieces.length
  const bytes = new DataView(new ArrayBuffer(stride * (shared?.sizes.length ?? pieces)))
  if (shared)
    shared.sizes.forEach(({ size, width }, i) => {
      fill(bytes, i * stride, telling.told as Told<Source>, size / width, nowhere, 0)
    })
  else
    for (const leaf of order) {
      const { pieces, width } = extents[leaf] as Extent
      const firsts = sums.firsts(leaf)
      let [at, partial] = [firstPieces[leaf] as number, 0]
      for (const { size } of pieces as readonly Piece[]) {
        fill(bytes, at++ * stride, telling.of(leaf), size / width, firsts, partial)
        if (firsts.length > 0) partial += groupsFor(size / width, LANES, true, device.limits)
      }
    }
  const { buffer, offset } = device.numbers(bytes.buffer as ArrayBuffer, bytes.byteLength)
  return { buffer, start: offset, stride, blocks: shared?.blocks }
}

/** A block a dispatch, in which those of its leaves lie one behind another. */
const bunchBlocks = (
  device: Device,
  { course, telling, sums }: Filling,
  dispatches: readonly Dispatch[],
  stride: number,
): Pick<Blocks, 'buffer' | 'start'> => {
  const bytes = new DataView(new ArrayBuffer(stride * dispatches.length))
  for (let i = 0; i < dispatches.length; i++) {
    const { apart = [], words } = dispatches[i] as Dispatch
    for (let row = 0; row < apart.length; row++) {
      const leaf = apart[row] as number
      const { size, width } = course.extents[leaf] as Extent
      const at = i * stride + (4 * words * row) / apart.length
      fill(bytes, at, telling.of(leaf), size / width, sums.firsts(leaf), 0)
    }
  }
  const { buffer, offset } = device.numbers(bytes.buffer as ArrayBuffer, bytes.byteLength)
  return { buffer, start: offset }
}

/** One block: numbers, indices, how many cells there are, and where partial results go. */
const fill = (
  to: DataView,
  at: number,
  { numbers, indices }: Told<Source>,
  cells: number,
  firsts: readonly number[],
  partial: number,
): void => {
  const layout = blockLayout(numbers.length, indices.length, firsts.length)
  numbers.forEach((x, i) => {
    to.setFloat32(at + 4 * (layout.numbers + i), x, LITTLE_ENDIAN)
  })
  indices.forEach((x, i) => {
    to.setUint32(at + 4 * (layout.indices + i), x, LITTLE_ENDIAN)
  })
  to.setUint32(at + 4 * layout.count, cells, LITTLE_ENDIAN)
  firsts.forEach((first, i) => {
    to.setUint32(at + 4 * (layout.partials + i), first + partial, LITTLE_ENDIAN)
  })
}
