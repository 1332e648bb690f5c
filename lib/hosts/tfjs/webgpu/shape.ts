/** How much one dispatch takes on: pure functions of sizes and limits. */

/** What a device allows. */
export interface Limits {
  /** Storage buffers that one kernel may bind. */
  readonly buffers: number
  /** Bytes of one buffer that a kernel may see. */
  readonly bytes: number
  /** Bytes that one buffer may have. */
  readonly buffer: number
  /** Workgroups along one dimension of a dispatch. */
  readonly groups: number
  /** Numbers for which there is room among the sums at first. */
  readonly sums: number
  /** Leaves of up to so many numbers share a dispatch; none where it is 0. */
  readonly bunch: number
}

/** Cells that an invocation takes on, before another workgroup is started; more of them where the workgroup must reduce in the end. */
const TURNS = 4
const REDUCING_TURNS = 16

/** Workgroups that make partial results of one reduction: enough to fill a large GPU, few enough to be added by one workgroup. */
const MOST_PARTIALS = 4096

/** Cells of a piece → workgroups along the first dimension. Over the limit, invocations take more turns. */
export const groupsFor = (cells: number, lanes: number, reduces: boolean, { groups }: Pick<Limits, 'groups'>): number =>
  Math.max(
    1,
    Math.min(Math.ceil(cells / (lanes * (reduces ? REDUCING_TURNS : TURNS))), reduces ? MOST_PARTIALS : groups, groups),
  )

/** A number of workgroups that each do one thing → the dimensions of a dispatch; some of the last row have nothing to do. */
export const gridFor = (wanted: number, { groups }: Pick<Limits, 'groups'>): readonly [number, number] => {
  if (wanted <= groups) return [wanted, 1]
  const rows = Math.ceil(wanted / groups)
  return [Math.ceil(wanted / rows), rows]
}

/** A run of elements of a leaf that one dispatch takes on. */
export interface Piece {
  readonly start: number
  readonly size: number
}

/** Bytes to which the start of a binding must be aligned, by WebGPU's default limit. */
const ALIGNMENT = 256
const BYTES = 4

/** A leaf of `size` float32 numbers, cut where a buffer is larger than a kernel may see. None for an empty leaf. */
export const piecesOf = (size: number, { bytes }: Pick<Limits, 'bytes'>): readonly Piece[] => {
  const most = (Math.floor(bytes / ALIGNMENT) * ALIGNMENT) / BYTES
  return Array.from({ length: Math.ceil(size / most) }, (_, i) => ({
    start: i * most,
    size: Math.min(most, size - i * most),
  }))
}

/** How a leaf is taken on. */
export interface Extent {
  readonly size: number
  /** How many elements an invocation takes at once. */
  readonly width: 1 | 4
  readonly pieces: readonly Piece[]
  /** Partial results that a reduction of it makes. */
  readonly partials: number
}

/** Elements → how a leaf of so many is taken on, by workgroups of so many lanes. */
export const extentOf = (size: number, lanes: number, limits: Limits): Extent => {
  const width = size % 4 === 0 ? 4 : 1
  const pieces = piecesOf(size, limits)
  const partials = pieces.reduce((sum, piece) => sum + groupsFor(piece.size / width, lanes, true, limits), 0)
  return { size, width, pieces, partials }
}
