/** Where a call's reductions put their partial results, and how these become results. */
import type { ReduceOp } from '../../../expr/expr.ts'
import type { Call } from './call.ts'
import type { Device } from './device.ts'
import { type DeviceNumber, deviceScalars, load } from './scalars.ts'
import type { Extent } from './shape.ts'

const nowhere: readonly number[] = []

export class Sums {
  private readonly device: Device
  private readonly call: Call
  private readonly extents: readonly Extent[]
  /** Where each leaf's partial results begin, behind the first of a reduction. */
  private readonly starts: number[] = []
  private readonly first: readonly number[] = []
  private readonly total: number = 0

  constructor(device: Device, call: Call, extents: readonly Extent[]) {
    this.device = device
    this.call = call
    this.extents = extents
    const { reductions } = call.pass
    if (reductions.length === 0) return
    for (const { partials } of extents) {
      this.starts.push(this.total)
      this.total += partials
    }
    const results = reductions.reduce((sum, { over }) => sum + (over === 'leaf' ? extents.length : 1), 0)
    device.reserveSums(reductions.length * this.total + results)
    this.first = reductions.map(() => device.takeSums(this.total))
  }

  /** For each reduction where the partial results of a leaf begin. */
  firsts(leaf: number): readonly number[] {
    if (this.first.length === 0) return nowhere
    return this.first.map((first) => first + (this.starts[leaf] as number))
  }

  private readonly values: (DeviceNumber | DeviceNumber[])[] = []

  /** Reduces partial results to results. Answers the number of dispatches that it took. */
  finish(): number {
    const ranges: { readonly [op in ReduceOp]: [number, number, number][] } = { sum: [], max: [] }
    this.call.pass.reductions.forEach(({ op, over }, r) => {
      const value = (first: number, count: number): DeviceNumber => {
        if (count === 0) return deviceScalars.number(op === 'sum' ? 0 : Number.NEGATIVE_INFINITY)
        if (count === 1) return load(this.device.sumsBuffer, first)
        const at = this.device.takeSums(1)
        ranges[op].push([first, count, at])
        return load(this.device.sumsBuffer, at)
      }
      const first = this.first[r] as number
      const perLeaf = (): DeviceNumber[] =>
        this.extents.map(({ partials }, leaf) => value(first + (this.starts[leaf] as number), partials))
      this.values.push(over === 'leaf' ? perLeaf() : value(first, this.total))
    })
    const used = (['sum', 'max'] as const).filter((op) => ranges[op].length > 0)
    for (const op of used) this.device.finish(op, ranges[op])
    return used.length
  }

  results(): (DeviceNumber | DeviceNumber[])[] {
    return this.values
  }
}
