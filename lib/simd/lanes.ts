/** Kernels before they are bytes: a graph of vector instructions, in which equal values are one. */
import type { Instruction } from './instructions.ts'

/** A vector that a kernel computes, by its number in the graph. */
export type Value = number

/** What a value is: the vector read from a tree, a number in every lane, a constant, or an instruction's result. */
export type Lanes =
  | { readonly kind: 'read' | 'uniform'; readonly index: number }
  | { readonly kind: 'constant'; readonly text: string; readonly bytes: readonly number[] }
  | {
      readonly kind: 'instruction'
      readonly name: Instruction
      readonly args: readonly Value[]
      readonly immediate: readonly number[]
    }

const keyOf = (lanes: Lanes): string => {
  if (lanes.kind === 'constant') return `constant ${lanes.bytes}`
  if (lanes.kind === 'instruction') return `${lanes.name} ${lanes.args} ${lanes.immediate}`
  return `${lanes.kind} ${lanes.index}`
}

const bytesOf = (cells: ArrayBufferView): number[] => [...new Uint8Array(cells.buffer)]

/** A graph under construction. Making what is there already gives the value that is there. */
export class LaneGraph {
  readonly values: Lanes[] = []
  private readonly known = new Map<string, Value>()
  /** Numbers that are 1 where a mask is set and 0 elsewhere, and their masks. */
  private readonly masks = new Map<Value, Value>()

  private intern(lanes: Lanes): Value {
    const key = keyOf(lanes)
    const known = this.known.get(key)
    if (known !== undefined) return known
    const made = this.values.push(lanes) - 1
    this.known.set(key, made)
    return made
  }

  read(index: number): Value {
    return this.intern({ kind: 'read', index })
  }

  uniform(index: number): Value {
    return this.intern({ kind: 'uniform', index })
  }

  f32(x: number): Value {
    return this.intern({ kind: 'constant', text: `${x}`, bytes: bytesOf(new Float32Array(4).fill(x)) })
  }

  f64(x: number): Value {
    return this.intern({ kind: 'constant', text: `${x}`, bytes: bytesOf(new Float64Array(2).fill(x)) })
  }

  i64(x: bigint): Value {
    const text = `0x${x.toString(16)}`
    return this.intern({ kind: 'constant', text, bytes: bytesOf(new BigUint64Array(2).fill(x)) })
  }

  do(name: Instruction, ...args: readonly Value[]): Value {
    return this.intern({ kind: 'instruction', name, args, immediate: [] })
  }

  shift(name: 'i64x2.shl' | 'i64x2.shr_s', x: Value, by: number): Value {
    return this.intern({ kind: 'instruction', name, args: [x], immediate: [by] })
  }

  /** The given bytes of the 32 that two vectors have. */
  shuffle(x: Value, y: Value, bytes: readonly number[]): Value {
    return this.intern({ kind: 'instruction', name: 'i8x16.shuffle', args: [x, y], immediate: bytes })
  }

  /** 1 where the mask is set, else 0. */
  number(mask: Value): Value {
    const made = this.do('v128.and', mask, this.f32(1))
    this.masks.set(made, mask)
    return made
  }

  /** Set where x is not 0, which NaN is not. */
  mask(x: Value): Value {
    return this.masks.get(x) ?? this.do('f32x4.ne', x, this.f32(0))
  }

  /** `yes` where the mask is set, else `no`. */
  choose(mask: Value, yes: Value, no: Value): Value {
    return this.do('v128.bitselect', yes, no, mask)
  }

  /** The four lanes in float64: the lower two and the upper two. */
  wide(x: Value): readonly [Value, Value] {
    const upper = this.shuffle(x, x, [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7])
    return [this.do('f64x2.promote_low_f32x4', x), this.do('f64x2.promote_low_f32x4', upper)]
  }

  /** Back to float32, rounded once. */
  narrow([low, high]: readonly [Value, Value]): Value {
    const [a, b] = [this.do('f32x4.demote_f64x2_zero', low), this.do('f32x4.demote_f64x2_zero', high)]
    return this.shuffle(a, b, [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23])
  }
}
