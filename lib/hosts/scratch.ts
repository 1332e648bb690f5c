/**
 * Buffers for what a pass leaves to later ones of the same run. What it leaves for all of its leaves lies in one block of memory, which is given
 * back with the last of them. Where the next run gets the same block, it gets the same buffers: engines know them again.
 */
import { sizeOf } from '../data/shape.ts'
import type { Pass } from '../rule/plan.ts'

/** Where blocks come from. */
export interface BlockSource {
  /** The address of so many bytes. Errors: `out-of-memory`. */
  readonly take: (bytes: number) => number
  readonly giveBack: (at: number, bytes: number) => void
}

/** True for an output that is for later passes alone, and shaped like the leaves. */
export const isPassing = ({ outputs, spread }: Pass, output: number): boolean => {
  const target = outputs[output]?.target
  return target?.to === 'slot' && target.slot < 0 && !spread
}

type Shapes = readonly (readonly number[])[]

/** The buffers of one block. */
interface Loan<B> {
  readonly at: number
  readonly buffers: readonly B[]
  /** How many of them are out. */
  out: number
}

/** So many blocks are remembered for the same leaves. */
const MOST = 4

/** Every leaf begins where a vector does. */
const bytesOf = (shape: readonly number[]): number => 16 * Math.ceil(sizeOf(shape) / 4)

export class Scratch<B> {
  private readonly blocks: BlockSource
  private readonly make: (shape: readonly number[], at: number, giveBack: () => void) => B
  /** By the list of their shapes, which is the same in every run of a plan. */
  private readonly loans = new WeakMap<Shapes, Loan<B>[]>()

  /** `make`: a buffer at an address, which is to call `giveBack` when it is given back. */
  constructor(blocks: BlockSource, make: Scratch<B>['make']) {
    this.blocks = blocks
    this.make = make
  }

  /** Buffers of these shapes, as the memory was left; each must be given back once. Errors: `out-of-memory`. */
  lend(shapes: Shapes): readonly B[] {
    const bytes = shapes.reduce((sum, shape) => sum + bytesOf(shape), 0)
    const at = this.blocks.take(bytes)
    const known = this.loans.get(shapes) ?? []
    const loan = known.find((one) => one.at === at) ?? this.begin(shapes, at, bytes)
    this.loans.set(shapes, [loan, ...known.filter((one) => one !== loan)].slice(0, MOST))
    loan.out = shapes.length
    return loan.buffers
  }

  private begin(shapes: Shapes, at: number, bytes: number): Loan<B> {
    let next = at
    const giveBack = (): void => {
      loan.out--
      if (loan.out === 0) this.blocks.giveBack(at, bytes)
    }
    const buffers = shapes.map((shape) => {
      const made = this.make(shape, next, giveBack)
      next += bytesOf(shape)
      return made
    })
    const loan: Loan<B> = { at, buffers, out: 0 }
    return loan
  }
}
