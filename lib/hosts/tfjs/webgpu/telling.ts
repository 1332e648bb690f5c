/** What the kernels of each leaf are told beside its trees: the numbers of a call, and the buffers that some are loaded from. */
import type { Bound } from './bound.ts'
import { type Call, isTensor, type Source, type Workshop } from './call.ts'
import { sameItems } from './sameItems.ts'
import { type DeviceNumber, type Told, tell, tellAlike } from './scalars.ts'

const noBuffers: readonly GPUBuffer[] = []

export class Telling {
  private readonly shop: Workshop
  private readonly call: Call
  /** True where leaves are told numbers of their own; else all are told one thing. */
  readonly isPerLeaf: boolean
  private readonly tolds: Told<Source>[] = []
  /** Room for the values of a leaf. */
  private readonly values: (number | DeviceNumber)[]
  private readonly sourcesAt: (readonly GPUBuffer[])[] = []
  /** What was told last, and the buffers that it is loaded from. */
  told: Told<Source> | undefined
  sources: readonly GPUBuffer[] = noBuffers

  constructor(shop: Workshop, call: Call) {
    this.shop = shop
    this.call = call
    this.values = new Array(call.pass.uniforms.length)
    this.isPerLeaf = call.pass.uniforms.some(({ perLeaf }) => perLeaf)
  }

  /** What the kernels of this leaf are told. */
  tell(leaf: number): Told<Source> {
    const last = this.told
    if (last && !this.isPerLeaf) return last
    const known = this.tolds[leaf]
    if (known) {
      this.told = known
      this.sources = this.sourcesAt[leaf] as readonly GPUBuffer[]
      return known
    }
    const { pass, uniforms } = this.call
    const { device, tfjs } = this.shop
    const { values } = this
    for (let k = 0; k < values.length; k++) {
      const value = uniforms[k]
      values[k] = (pass.uniforms[k]?.perLeaf ? (value as readonly unknown[])[leaf] : value) as number | DeviceNumber
    }
    const { sumsBuffer } = device
    const isOwn = (source: Source) => source === sumsBuffer
    const told = (last && tellAlike(last, values, isOwn)) ?? tell<Source>(values, isOwn)
    this.told = told
    this.tolds[leaf] = told
    // Most leaves load their numbers from the same buffers.
    if (told.sources !== last?.sources) {
      const sources = told.sources.map((source) => (isTensor(source) ? tfjs.bufferOf(source) : source))
      if (!sameItems(sources, this.sources)) this.sources = sources
    }
    this.sourcesAt[leaf] = this.sources
    return told
  }

  /** Tells these leaves; true where that is alike but for the numbers and the places that they are loaded from. */
  tellAll(leaves: readonly number[]): boolean {
    if (leaves.length === 0) return false
    const { key } = this.tell(leaves[0] as number)
    if (!this.isPerLeaf) return true
    const { sources } = this
    for (let i = 1; i < leaves.length; i++) if (this.tell(leaves[i] as number).key !== key) return false
    return this.sources === sources
  }

  /** What this leaf was told. */
  of(leaf: number): Told<Source> {
    return (this.tolds[leaf] ?? this.told) as Told<Source>
  }

  /** True for kernels that are told the same from the same buffers. */
  isAs({ key, sources, sums }: Pick<Bound, 'key' | 'sources' | 'sums'>): boolean {
    if (this.told?.key !== key || !sameItems(sources, this.sources)) return false
    return sums === undefined || sums === this.shop.device.sumsBuffer
  }

  /** The tensors that numbers are loaded from live until the queue is submitted. */
  keep(): void {
    // Empty leaves are told nothing.
    this.tolds.forEach(({ sources }) => {
      for (const source of sources) if (isTensor(source)) this.shop.tfjs.keep(source)
    })
  }
}
